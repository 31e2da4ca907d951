"""The append-only, provable record of every act. It holds commitments, never personal data."""
