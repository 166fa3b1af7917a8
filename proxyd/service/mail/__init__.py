"""What one signed-in person does with mail."""
