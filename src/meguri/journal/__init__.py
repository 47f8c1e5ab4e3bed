"""Who said what: acts, signatures, the sealed log. The book of original entry; everything else adds it up."""
