"""What navigation is made of: sensors as it sees them, strapdown integration, the filter, the ground."""
