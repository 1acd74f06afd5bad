"""Every bound of the OPC UA link, by name. Nothing in this package waits or grows beyond one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLimits:
    """How patient the link is. The defaults hold for servers on a utility's own network."""

    publishing_ms: int = 200
    """Of positions and indicators."""
    analog_publishing_ms: int = 1_000
    """Of voltages, currents and powers; never shorter than the other."""
    publish_in_flight: int = 4
    """Publish requests that wait at the server, so that it never waits for one; two for each
    subscription at least, and fewer if it says so."""
    publish_in_flight_max: int = 32
    """Where messages say that more is waiting, another request is sent, up to these: servers send
    a thousand values in a message, and some no more messages in a publishing interval than they
    have requests."""
    republish_max: int = 3
    """Missing messages that are asked for again; a longer hole is a gap at once."""
    republish_timeout_s: float = 1.0
    """For all of them together: what came after them waits meanwhile, and grows old."""
    rereads_max: int = 3
    """So many full reads for lost messages in `rereads_within_s`; then the connection is given up,
    for a server that jumps in every message would be read all the time."""
    rereads_within_s: float = 30.0
    keep_alive_count: int = 5
    """An idle server speaks at least every `publishing_ms` times this."""
    lifetime_count: int = 60
    """Publishing intervals after which the server forgets a silent client; >= 3 keep-alives."""
    freshness_margin_s: float = 1.0
    """Beyond the keep-alive interval and this nothing is young enough: a link that is silent, or
    whose messages come late, is lost."""
    keep_alive_s_max: float = 10.0
    """A server that insists on a rarer sign of life is refused."""
    watch_every_s: float = 0.2
    beat_every_s: float = 1.0
    """How often the server is asked for its time and its service level."""
    clock_still_s_max: float = 5.0
    """A server whose clock has not moved for longer is lost, however fast it answers."""
    clock_skew_s_max: float = 2.0
    """A clock that differs from ours by more is told of."""
    trouble_every_s: float = 60.0
    """The first trouble of a kind is told at once, the next ones together after this."""
    audit_every_s: float = 60.0
    """How often what a server holds is compared with what it told."""
    pair_stay_s: float = 5.0
    """Of several servers that show the same, one is not left for a fitter one sooner than this."""
    pair_probe_every_s: float = 5.0
    """How often another of them is looked at while there is a reason to."""
    pair_stable_probes: int = 6
    """So many times in a row the preferred one must be healthy before it is gone back to."""
    retry_items_s: float = 10.0
    """How often points that the server refused or dropped are asked for again."""

    connect_timeout_s: float = 3.0
    """From the first SYN to the activated session."""
    request_timeout_s: float = 4.0
    set_up_timeout_s: float = 60.0
    """From the activated session to the end of the first full read."""
    session_timeout_ms: int = 8_000
    """Short, so that the sessions of broken connections do not pile up at the server."""
    channel_lifetime_ms: int = 3_600_000
    close_timeout_s: float = 1.0
    tcp_user_timeout_ms: int = 3_000
    """Unacknowledged bytes older than this reset the connection."""
    message_bytes_max: int = 16 * 1024 * 1024
    collected_bytes_max: int = 16 * 1024 * 1024
    """Of one message. What is announced may be more: node-opcua 2.182 never answers a client that
    announces a quarter of a megabyte."""
    command_collected_bytes_max: int = 256 * 1024
    """The same on the session of a command, which the control room reads in its own process: while
    it is set up, for a server then tells all its endpoints with their certificates, and then all
    its namespaces."""
    command_answer_bytes_max: int = 32 * 1024
    """And from then on."""

    backoff_s_min: float = 0.25
    backoff_s_max: float = 1.0
    """With the time that one attempt may take this bounds how long a server that is back waits."""
    backoff_good_s: float = 10.0
    """Pauses begin anew when the link was good for so long; for a moment is not enough."""
    backoff_s_refused: float = 15.0
    """The pause when the certificate, the security or the login is what is wrong; the longest one
    for a server whose message numbers jump."""
    judge_again_s: float = 60.0
    """How often the certificate of a standing session is judged again."""

    operations_per_call: int = 500
    """Nodes per read and items per subscription call, unless the server allows fewer."""
    calls_in_flight: int = 4
    """Such calls at the same time, during set-up and full reads."""
    state_queue: int = 10
    """Changes of one position or contact that a server keeps between two publishings."""
    pending_max: int = 50_000
    """Changes held back during set-up; beyond, the first full read is repeated."""

    send_margin_s: float = 0.05
    """A command whose deadline is nearer than this is not sent any more: what this process does
    between its look at the clock and the kernel must not end beyond it."""
    workers: bool = False
    """Serve each server in a process of its own."""
    worker_silence_s: float = 2.0
    """A worker that says nothing for so long is replaced; it says so three times in a second."""
    worker_memory_mb: int = 256
    """Data that a worker may hold beyond what it begins with."""

    read_back_every_s: float = 0.1
    confirm_margin_s: float = 5.0
    """A command is unconfirmed when the switch's operating time and this have passed."""


DEFAULT_LIMITS = LinkLimits()
