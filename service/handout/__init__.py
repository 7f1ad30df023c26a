"""What the patient takes home: one page in large type, on screen, on paper and as PDF; a calendar file; a QR code."""
