// One server: the points of one link, as GridOps expects them of an RTU.

import { join } from "node:path";

import opcua from "node-opcua";

const { DataType, DataValue, OPCUACertificateManager, OPCUAServer, Variant } = opcua;

const IDENTITY = "GridOps.Identity";
const NODES_PER_FOLDER = 1000;
const STORM_TICK_MS = 10;
const STORM_AT_ONCE = 100;

export class Rtu {
  /** `config`: rtu, port, pki, namespaces (in order), uri, identity (null: it does not say who it
   * is), points [[node, type, is_command]], limits, security. A node is a string identifier, or
   * nsu=URI; and an identifier of any kind. `order(node, value)` gives the status of a command. */
  constructor(config, order) {
    this.config = config;
    this.order = order;
    this.server = null;
    this.nodes = new Map();
    this.stamp = 0;
  }

  async start() {
    const { config } = this;
    this.server = new OPCUAServer({
      port: config.port,
      host: config.host,
      hostname: config.host,
      resourcePath: "",
      serverInfo: { applicationUri: `urn:gridops:node-peer:${config.rtu}` },
      serverCapabilities: capabilities(config.limits ?? {}),
      maxConnectionsPerEndpoint: config.limits?.connections ?? 100,
      disableDiscovery: !config.security, // GetEndpoints on a channel without security
      ...(await security(config)),
    });
    await this.server.initialize();
    this.build();
    await this.server.start();
    return { port: this.server.endpoints[0].port };
  }

  build() {
    const { namespaces, uri, identity, points, names } = this.config;
    const space = this.server.engine.addressSpace;
    for (const each of namespaces) space.registerNamespace(each);
    const home = space.getNamespace(uri);
    if (identity) {
      home.addVariable({
        organizedBy: space.rootFolder.objects,
        nodeId: `s=${IDENTITY}`,
        browseName: "Identity",
        dataType: "String",
        value: { dataType: DataType.String, value: identity },
      });
    }
    let folder = null;
    points.forEach(([node, type, isCommand, object], number) => {
      if (object) {
        this.addMethod(node, { type, object });
        return;
      }
      if (number % NODES_PER_FOLDER === 0) {
        folder = home.addFolder(space.rootFolder.objects, { browseName: `Points ${number}` });
      }
      const [place, nodeId] = this.placed(node);
      const variable = place.addVariable({
        organizedBy: folder,
        nodeId,
        browseName: names?.[number] ?? node,
        dataType: type,
        minimumSamplingInterval: 0,
        accessLevel: isCommand ? "CurrentRead | CurrentWrite" : "CurrentRead",
      });
      if (isCommand) this.takeOrders(variable, node, type);
      else variable.setValueFromSource(empty(type), waitingForInitialData);
      variable.verifyVariantCompatibility = () => {}; // devices talk nonsense
      this.nodes.set(node, { variable, type: DataType[type] });
    });
  }

  /** The namespace of a node, and its id there. */
  placed(node) {
    const space = this.server.engine.addressSpace;
    const [, uri, rest] = /^nsu=([^;]*);(.*)$/.exec(node) ?? [null, this.config.uri, `s=${node}`];
    const place = space.getNamespace(uri.replaceAll("%3B", ";").replaceAll("%25", "%"));
    return [place, `ns=${place.index};${rest}`];
  }

  /** An order that is called: a method of `object` with one argument of `type`, or none. */
  addMethod(node, { type, object }) {
    const space = this.server.engine.addressSpace;
    const [place, nodeId] = this.placed(object);
    const owner =
      space.findNode(nodeId) ??
      place.addObject({ organizedBy: space.rootFolder.objects, nodeId, browseName: object });
    const inputArguments = type === "none" ? [] : [{ name: "value", dataType: DataType[type] }];
    const [methods, methodId] = this.placed(node);
    const method = methods.addMethod(owner, {
      nodeId: methodId,
      browseName: node,
      inputArguments,
      outputArguments: [],
    });
    method.bindMethod(([value], _context, answer) => {
      this.order(node, value?.value ?? null).then((code) =>
        answer(null, { statusCode: opcua.coerceStatusCode(code), outputArguments: [] }),
      );
    });
  }

  takeOrders(variable, node, type) {
    const reading = new DataValue({ value: empty(type) });
    variable.bindVariable(
      {
        timestamped_get: () => reading,
        timestamped_set: async (written) => {
          if (written.value.dataType !== DataType[type]) return opcua.StatusCodes.BadTypeMismatch;
          return opcua.coerceStatusCode(await this.order(node, written.value.value));
        },
      },
      true,
    );
  }

  /** `values`: [[node, value, status, source in ms or null, server in ms or null, type or null]] */
  set(values) {
    for (const [node, value, status, source, server, type] of values) {
      const { variable, type: usual } = this.nodes.get(node);
      const dataType = type == null ? usual : DataType[type];
      variable._internal_set_dataValue(
        new DataValue({
          value: new Variant({
            dataType,
            value: plain(value, dataType),
            arrayType: Array.isArray(value)
              ? opcua.VariantArrayType.Array
              : opcua.VariantArrayType.Scalar,
          }),
          statusCode: statusOf(status),
          sourceTimestamp: source == null ? null : new Date(source),
          serverTimestamp: server == null ? null : new Date(server),
        }),
      );
    }
  }

  /** Turns over the values of `nodes` points from number `first` on, `rate` changes a second in all:
   * change number n is of point n % nodes, and its round is n / nodes, whole. It begins at number
   * `from`. At the end of `seconds` it is over, with what could be produced by then; `whole`: with
   * all that was due, however long that takes. */
  storm({ first = 0, nodes, from = 0, rate_per_s: rate, seconds, whole = false }) {
    const turned = [...this.nodes.values()].slice(first, first + nodes);
    const began = performance.now();
    const began_ms = Date.now();
    const spent = process.cpuUsage();
    let produced = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = Math.floor((Math.min(performance.now() - began, seconds * 1000) * rate) / 1000);
        while (produced < due && (whole || performance.now() - began < seconds * 1000)) {
          const until = Math.min(due, produced + STORM_AT_ONCE);
          for (; produced < until; produced++) this.turn(turned, from + produced);
        }
        if (performance.now() - began < seconds * 1000) return;
        clearInterval(timer);
        const took = (performance.now() - began) / 1000;
        const { user, system } = process.cpuUsage(spent);
        resolve({ produced, seconds: took, cpu_s: (user + system) / 1e6, began_ms });
      }, STORM_TICK_MS);
    });
  }

  /** The stamps of a point all differ: of one that changes twice within a millisecond, too. */
  turn(turned, number) {
    const place = number % turned.length;
    this.stamp = Math.max(Date.now(), this.stamp + (place === 0 ? 1 : 0));
    const { variable, type } = turned[place];
    const value = { dataType: type, value: changed(type, Math.floor(number / turned.length)) };
    variable.setValueFromSource(value, opcua.StatusCodes.Good, new Date(this.stamp));
  }

  delete(nodes) {
    const space = this.server.engine.addressSpace;
    for (const node of nodes) space.deleteNode(this.nodes.get(node).variable);
  }

  async cut() {
    const [endpoint] = this.server.endpoints;
    endpoint.abruptlyInterruptChannels();
    await new Promise((resolve) => endpoint.suspendConnection(() => resolve()));
    this.endSessions();
  }

  async heal() {
    const [endpoint] = this.server.endpoints;
    await new Promise((resolve, reject) =>
      endpoint.restoreConnection((error) => (error ? reject(error) : resolve())),
    );
  }

  endSessions() {
    const sessions = Object.values(this.server.engine._sessions);
    for (const session of sessions) {
      this.server.engine.closeSession(session.authenticationToken, true, "Terminated");
    }
    return sessions.length;
  }

  endSubscriptions() {
    const subscriptions = this.subscriptions();
    for (const subscription of subscriptions) subscription.terminate();
    return subscriptions.length;
  }

  /** As if a message had been lost on the way: the next one has a number too high. */
  skipMessage() {
    const subscriptions = this.subscriptions();
    for (const subscription of subscriptions) subscription._get_next_sequence_number();
    return subscriptions.length;
  }

  setServiceLevel(level) {
    this.server.engine.setServiceLevel?.(level);
    this.server.engine.addressSpace
      .findNode("ns=0;i=2267")
      .setValueFromSource({ dataType: DataType.Byte, value: level });
  }

  counts() {
    const subscriptions = this.subscriptions();
    return {
      sessions: Object.keys(this.server.engine._sessions).length,
      subscriptions: subscriptions.length,
      items: subscriptions.reduce((sum, each) => sum + each.monitoredItemCount, 0),
    };
  }

  async stop() {
    await this.server.shutdown(0);
  }

  subscriptions() {
    return Object.values(this.server.engine._sessions).flatMap((session) =>
      session.publishEngine.subscriptions,
    );
  }
}

const waitingForInitialData = opcua.StatusCodes.BadWaitingForInitialData;

function statusOf(code) {
  return opcua.getStatusCodeFromCode(code);
}

function empty(type) {
  return { dataType: DataType[type], value: type === "Boolean" ? false : 0 };
}

/** JSON has no NaN and no infinity: they come as words. */
function plain(value, dataType) {
  if (dataType === DataType.Double && typeof value === "string") return Number(value);
  if (dataType === DataType.UInt64 && typeof value === "string") return opcua.coerceUInt64(BigInt(value));
  return value;
}

function changed(type, round) {
  if (type === DataType.Boolean) return round % 2 === 0;
  return type === DataType.Byte ? 1 + (round % 2) : round;
}

function capabilities(limits) {
  return {
    maxSessions: limits.sessions ?? 50,
    maxSubscriptionsPerSession: limits.subscriptions ?? 10,
    maxMonitoredItems: 200_000,
    maxMonitoredItemsPerSubscription: 100_000,
    minSupportedSampleRate: limits.sample_ms ?? 0,
    operationLimits: {
      maxNodesPerRead: limits.nodes_per_read ?? 1000,
      maxMonitoredItemsPerCall: limits.items_per_call ?? 1000,
      maxNodesPerWrite: 1000,
      maxNodesPerBrowse: 1000,
    },
  };
}

/** Keys and trust stay inside `config.pki`. Without `config.security` the server is open. */
async function security({ pki, security: wanted }) {
  const serverCertificateManager = new OPCUACertificateManager({
    automaticallyAcceptUnknownCertificate: wanted?.trust_all ?? false,
    rootFolder: join(pki, "own"),
  });
  const userCertificateManager = new OPCUACertificateManager({
    automaticallyAcceptUnknownCertificate: false,
    rootFolder: join(pki, "users"),
  });
  await serverCertificateManager.initialize();
  await userCertificateManager.initialize();
  const users = wanted?.users ?? {};
  return {
    serverCertificateManager,
    userCertificateManager,
    ...(wanted?.certificate_file && {
      certificateFile: wanted.certificate_file,
      privateKeyFile: wanted.key_file,
    }),
    allowAnonymous: wanted?.anonymous ?? true,
    securityPolicies: (wanted?.policies ?? ["None"]).map((name) => opcua.SecurityPolicy[name]),
    securityModes: (wanted?.modes ?? ["None"]).map((name) => opcua.MessageSecurityMode[name]),
    userManager: {
      isValidUser: (name, password) => Object.hasOwn(users, name) && users[name] === password,
    },
  };
}
