"""Figures and pages made of tables; nothing here simulates."""
