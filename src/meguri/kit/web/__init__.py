"""Page components, identity, problems on pages and in the API, share links, the glossary."""
