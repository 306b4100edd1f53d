"""What changes what search knows."""
