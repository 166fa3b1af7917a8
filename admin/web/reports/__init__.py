"""Reports: when mail comes, how quickly we answer, who has how much."""
