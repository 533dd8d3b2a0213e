"""What a campaign's runs prove, and the files that say so."""
