"""What users of Overt need to test with it: a simulated platform's pieces, and misbehaviour on purpose."""
