// A client of another make, steered by JSON lines on standard input as server.js is.
// What its subscription tells comes as {"change": handle, "node": ..., "value": ..., ...}.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import opcua from "node-opcua";

import { serve } from "./lines.js";

const { AttributeIds, DataType, OPCUAClient } = opcua;

let client = null;
let session = null;
let subscription = null;

async function managers(pki) {
  const clientCertificateManager = new opcua.OPCUACertificateManager({
    automaticallyAcceptUnknownCertificate: true,
    rootFolder: join(pki, "client"),
  });
  await clientCertificateManager.initialize();
  return { clientCertificateManager };
}

function identity({ user, password, user_certificate_file, user_key_file }) {
  if (user) return { type: opcua.UserTokenType.UserName, userName: user, password };
  if (!user_certificate_file) return { type: opcua.UserTokenType.Anonymous };
  return {
    type: opcua.UserTokenType.Certificate,
    certificateData: readFileSync(user_certificate_file), // DER
    privateKey: readFileSync(user_key_file, "utf8"), // PEM
  };
}

function told({ value, statusCode, sourceTimestamp, serverTimestamp }) {
  return {
    value: value.value instanceof Buffer ? value.value.toString("hex") : value.value,
    type: DataType[value.dataType],
    status: statusCode.value,
    source_ms: sourceTimestamp?.getTime() ?? null,
    server_ms: serverTimestamp?.getTime() ?? null,
  };
}

const reading = (nodeId) => ({ nodeId, attributeId: AttributeIds.Value });

serve((say) => ({
  /** Gives what the server calls its namespaces, in their order. */
  async connect({ url, pki, policy = "None", mode = "None", ...who }) {
    client = OPCUAClient.create({
      ...(await managers(pki)),
      ...(who.certificate_file && { certificateFile: who.certificate_file }),
      ...(who.key_file && { privateKeyFile: who.key_file }),
      ...(who.application_uri && { applicationUri: who.application_uri }),
      clientName: "peer",
      endpointMustExist: false,
      connectionStrategy: { maxRetry: 0 },
      securityMode: opcua.MessageSecurityMode[mode],
      securityPolicy: opcua.SecurityPolicy[policy],
    });
    await client.connect(url);
    session = await client.createSession(identity(who));
    return session.readNamespaceArray();
  },
  async endpoints() {
    const found = await client.getEndpoints();
    return found.map((each) => ({
      url: each.endpointUrl,
      policy: each.securityPolicyUri?.split("#")[1],
      mode: opcua.MessageSecurityMode[each.securityMode],
      tokens: each.userIdentityTokens.map((token) => opcua.UserTokenType[token.tokenType]),
    }));
  },
  /** Everything below `node` by forward hierarchical references, to `depth`. */
  async browse({ node, depth }) {
    const seen = [];
    let level = [node];
    for (let at = 0; at < depth && level.length; at++) {
      const results = await session.browse(
        level.map((nodeId) => ({
          nodeId,
          browseDirection: opcua.BrowseDirection.Forward,
          referenceTypeId: "HierarchicalReferences",
          includeSubtypes: true,
          nodeClassMask: 0,
          resultMask: 63,
        })),
      );
      const found = results.flatMap((result) => result.references ?? []);
      seen.push(...found.map((each) => [each.nodeId.toString(), each.browseName.name]));
      level = found.map((each) => each.nodeId.toString());
    }
    return seen;
  },
  async read({ nodes }) {
    return (await session.read(nodes.map(reading))).map(told);
  },
  async write({ node, type, value }) {
    const code = await session.write({
      ...reading(node),
      value: { value: { dataType: DataType[type], value } },
    });
    return code.value;
  },
  async call({ object, method, inputs = [] }) {
    const result = await session.call({
      objectId: object,
      methodId: method,
      inputArguments: inputs.map(([type, value]) => ({ dataType: DataType[type], value })),
    });
    return { status: result.statusCode.value, outputs: result.outputArguments?.map((v) => v.value) };
  },
  async subscribe({ nodes, publishing_ms = 100, sampling_ms = 0, queue = 10 }) {
    subscription ??= await session.createSubscription2({
      requestedPublishingInterval: publishing_ms,
      requestedLifetimeCount: 100,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 0,
    });
    for (const node of nodes) {
      const item = await subscription.monitor(
        reading(node),
        { samplingInterval: sampling_ms, queueSize: queue, discardOldest: true },
        opcua.TimestampsToReturn.Both,
      );
      item.on("changed", (value) => say({ change: node, ...told(value) }));
    }
  },
  /** Events of `node` with the fields named, as {"event": [values]}. */
  async subscribe_events({ node, fields, publishing_ms = 100 }) {
    subscription ??= await session.createSubscription2({
      requestedPublishingInterval: publishing_ms,
      requestedLifetimeCount: 100,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 0,
    });
    const item = await subscription.monitor(
      { nodeId: node, attributeId: AttributeIds.EventNotifier },
      { samplingInterval: 0, queueSize: 100, discardOldest: true, filter: opcua.constructEventFilter(fields) },
      opcua.TimestampsToReturn.Both,
    );
    item.on("changed", (values) =>
      say({ event: values.map((each) => each.value?.text ?? each.value ?? null) }),
    );
  },
  async disconnect() {
    const leaving = client;
    subscription = session = client = null;
    // the server may have gone before
    await leaving?.disconnect().catch(() => {});
  },
}));
