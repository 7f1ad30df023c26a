"""What the page draws, as plain numbers and sentences: templates put them into SVG and tables, and add nothing."""
