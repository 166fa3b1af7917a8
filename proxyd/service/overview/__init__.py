"""What is there now, for who looks after it: numbers of the shared mailboxes, and conversations.

Who may see what is decided here: an admin sees every mailbox's numbers and states, and never a
customer; who has a grant sees that mailbox. Must never tell a subject, a body or a folder's name.
"""
