"""The compiled kernels of the loan book. Each touches only what is due today; none knows what a day or a deal is
for."""
