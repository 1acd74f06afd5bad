from tests.interop.fixtures import node_field, node_pki, node_process

__all__ = ["node_field", "node_pki", "node_process"]
