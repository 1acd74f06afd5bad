from tests.interop.fixtures import (
    node_client,
    node_client_process,
    node_field,
    node_pki,
    node_process,
)

__all__ = ["node_client", "node_client_process", "node_field", "node_pki", "node_process"]
