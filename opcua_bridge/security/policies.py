"""The policies by their names here, in the library and on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from asyncua import ua
from asyncua.crypto import security_policies

from gridops.ports import SecurityMode, SecurityPolicy

NONE_URI = security_policies.SecurityPolicyNone.URI

CLASS_OF: Mapping[SecurityPolicy, Any] = MappingProxyType(
    {
        SecurityPolicy.BASIC256_SHA256: security_policies.SecurityPolicyBasic256Sha256,
        SecurityPolicy.AES128_SHA256_RSA_OAEP: security_policies.SecurityPolicyAes128Sha256RsaOaep,
        SecurityPolicy.AES256_SHA256_RSA_PSS: security_policies.SecurityPolicyAes256Sha256RsaPss,
    }
)
"""The policies that secure anything, the strongest last. Older ones (Basic128Rsa15, Basic256)
rest on SHA-1 and are not spoken."""

URI_OF: Mapping[SecurityPolicy, str] = MappingProxyType(
    {policy: made.URI for policy, made in CLASS_OF.items()}
)
POLICY_OF: Mapping[str, SecurityPolicy] = MappingProxyType(
    {uri: policy for policy, uri in URI_OF.items()}
)
MODE_OF: Mapping[SecurityMode, ua.MessageSecurityMode] = MappingProxyType(
    {
        SecurityMode.SIGN: ua.MessageSecurityMode.Sign,
        SecurityMode.SIGN_AND_ENCRYPT: ua.MessageSecurityMode.SignAndEncrypt,
    }
)


def short_name(policy_uri: str | None) -> str:
    """Of any policy, also of one that is not spoken here."""
    spoken = POLICY_OF.get(policy_uri or "")
    return (
        str(spoken) if spoken is not None else (policy_uri or "").rpartition("#")[2][:50] or "None"
    )
