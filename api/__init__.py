"""The doors for people and programs: the query endpoints, Langfuse-shaped, and their OpenAPI document."""
