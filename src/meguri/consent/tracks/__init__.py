"""What has each authority to do with a case: who is asked, on which ground, whose turn it is, what may be said."""
