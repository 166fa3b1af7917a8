"""The access log: questions, single records, exports."""
