"""The shapes of requests and answers by noun, as the OpenAPI document shows them."""
