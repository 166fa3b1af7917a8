"""Reports for who looks after the shared mailboxes: how quickly we answer, and who has how much.

Numbers only, of no mail's words. Asking is an access and is recorded before it answers.
"""
