"""What a loan is: products, borrowers' behaviour, accounts, and the loan book's columns and kernels."""
