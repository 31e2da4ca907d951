"""What a file is and what it may cost: sniffing, budgets, and untrusted bytes handled in a guarded process."""
