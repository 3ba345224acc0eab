"""What people do with runs: start, resume and branch them, calibrate, validate and trace."""
