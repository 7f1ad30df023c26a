"""A SMART App Launch client on httpx; it knows neither a web framework nor a word of medication."""
