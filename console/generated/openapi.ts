/** From docs/openapi.json by `npm run types`; not to be edited. */
export interface components {
    schemas: {
        /** Acknowledging */
        Acknowledging: {
            /** Alarm */
            alarm: string;
            /** Seen */
            seen: number;
        };
        /** AdviceShape */
        AdviceShape: {
            /**
             * Customer Minutes
             * @description What it is expected to save, against waiting until a crew has found the fault.
             */
            customer_minutes: number;
            /**
             * Kind
             * @enum {string}
             */
            kind: "read" | "patrol" | "trial";
            /** Takes S */
            takes_s: number;
            /**
             * Target
             * @description The device to read or to open, or the section to look at.
             */
            target: string;
        };
        /**
         * AlarmCounts
         * @description Lines, not alarms.
         */
        AlarmCounts: {
            /**
             * Acknowledged
             * @description That stand, and that somebody sees to.
             */
            acknowledged: number;
            /**
             * Forgotten
             * @description Alarms that were over, that nobody had acknowledged, and that are not kept any more.
             */
            forgotten: number;
            /**
             * High
             * @description Of high priority that nobody has acknowledged, whether they stand or are over.
             */
            high: number;
            /** Low */
            low: number;
            /** Medium */
            medium: number;
            /**
             * More
             * @description Beyond those that are listed; the least urgent.
             */
            more: number;
            /** Shelved */
            shelved: number;
        };
        /**
         * AlarmKind
         * @enum {string}
         */
        AlarmKind: "incident" | "link" | "trouble" | "load_shed" | "latch" | "moved" | "position" | "outcome" | "crew" | "flag";
        /** AlarmLinesShape */
        AlarmLinesShape: {
            /** Lines */
            lines: components["schemas"]["AlarmShape"][];
        };
        /**
         * AlarmShape
         * @description One line: an alarm, or all of one kind at one place where they are many.
         */
        AlarmShape: {
            acknowledged: components["schemas"]["SeenShape"] | null;
            /**
             * Children
             * @description Of an incident: what was heard of it. None of that is an alarm of its own.
             */
            children: components["schemas"]["ChildrenShape"][];
            /**
             * Count
             * @description How many alarms the line stands for.
             */
            count: number;
            /** Id */
            id: string;
            /**
             * Kind
             * @description `service`: of the service itself. Nobody can acknowledge what the journal cannot hold.
             */
            kind: components["schemas"]["AlarmKind"] | "service";
            /**
             * Last
             * @description When it came, or grew worse, last.
             */
            last: string | null;
            /** May Acknowledge */
            may_acknowledge: boolean;
            /** May Shelve */
            may_shelve: boolean;
            /**
             * Members
             * @description Their subjects, a few of them; of one alarm none.
             */
            members: string[];
            priority: components["schemas"]["Priority"];
            /**
             * Seen
             * @description To be sent back when it is acknowledged: it says how far the screen had told.
             */
            seen: number;
            shelf: components["schemas"]["ShelfShape"] | null;
            /**
             * Since
             * @description Null: not told.
             */
            since: string | null;
            state: components["schemas"]["AlarmState"];
            /**
             * Subject
             * @description The incident, link, switch or feeder it is about; of many the link or feeder.
             */
            subject: string;
            /**
             * Times
             * @description How often it came.
             */
            times: number;
            why: components["schemas"]["ReasonShape"];
        };
        /** AlarmsShape */
        AlarmsShape: {
            counts: components["schemas"]["AlarmCounts"];
            /**
             * Lines
             * @description The most urgent first.
             */
            lines: components["schemas"]["AlarmShape"][];
        };
        /**
         * AlarmState
         * @enum {string}
         */
        AlarmState: "unacknowledged" | "returned" | "acknowledged" | "shelved";
        /** Alive */
        Alive: {
            /**
             * Status
             * @constant
             */
            status: "alive";
            /**
             * Training
             * @description Nothing here is real, as `system.training` of the view says after a login.
             */
            training: boolean;
        };
        /** AlternativeShape */
        AlternativeShape: {
            /** Customers Less */
            customers_less: number;
            /** Instead */
            instead: string[];
            /** Minutes More */
            minutes_more: number;
            /** Movements More */
            movements_more: number;
            /** Steps */
            steps: components["schemas"]["MovementShape"][];
            /**
             * Without
             * @description Switches that the plan moves and this one does not.
             */
            without: string[];
        };
        /** ApprovalShape */
        ApprovalShape: {
            /** By */
            by: string;
            /**
             * Until
             * @description From then on it counts no more.
             */
            until: string;
        };
        /**
         * AreaKind
         * @description `AreaKind` of IEC 61968-3: what the areas of the grid files are.
         * @enum {string}
         */
        AreaKind: "borough" | "county" | "parish" | "serviceArea" | "state" | "township" | "ward" | "zipcode";
        /** AssumedShape */
        AssumedShape: {
            /** Decide S */
            decide_s: number;
            /** First S */
            first_s: number;
            /** Next S */
            next_s: number;
        };
        /**
         * AuditShape
         * @description docs/security.md says what each field holds.
         */
        AuditShape: {
            /** About */
            about: string;
            /** Act */
            act: string;
            /** Address */
            address: string;
            /** At */
            at: string;
            /** Code */
            code: string;
            /** Path */
            path: string;
            /** Role */
            role: string;
            /** Status */
            status: number;
            /** Times */
            times: number;
            /** Token */
            token: string;
            /** User */
            user: string;
        };
        /**
         * Automation
         * @description Whether a fault on the feeder would be handled without a person.
         * @enum {string}
         */
        Automation: "off" | "available" | "limited" | "blocked";
        /**
         * AvoidedShape
         * @description `in_all` is the sum of the first six: what nobody would have cost, minus what was.
         */
        AvoidedShape: {
            /**
             * Against Hands
             * @description Negative: it was slower than hands are assumed to be.
             */
            against_hands: number;
            /** Automation */
            automation: number;
            /** Crew */
            crew: number;
            /** Dispatcher */
            dispatcher: number;
            /** In All */
            in_all: number;
            /** Protection */
            protection: number;
            /** Source */
            source: number;
            /** Unknown */
            unknown: number;
        };
        /** BehindShape */
        BehindShape: {
            /**
             * All
             * @description How many there are; `interruptions` are some of them.
             */
            all: number;
            /**
             * Customer Minutes
             * @description Of all of them that count as sustained.
             */
            customer_minutes: number;
            /** From */
            from: string;
            /** Interruptions */
            interruptions: components["schemas"]["PieceShape"][];
            /** Ruleset */
            ruleset: string;
            /** Skip */
            skip: number;
            /** To */
            to: string;
        };
        /**
         * BlockerKind
         * @enum {string}
         */
        BlockerKind: "mode" | "load_shed" | "latch" | "execution" | "tag" | "link" | "local" | "incident" | "permit" | "reclosing" | "phasing";
        /** BlockerShape */
        BlockerShape: {
            /**
             * By
             * @description Whose it is; null: a device or a setting says so.
             */
            by: string | null;
            kind: components["schemas"]["BlockerKind"];
            /**
             * Said
             * @description In the owner's own words; may be empty.
             */
            said: string;
            /** Since */
            since: string | null;
            why: components["schemas"]["ReasonShape"];
        };
        /** BrokenShape */
        BrokenShape: {
            because: components["schemas"]["ViolationKind"];
            /** Element */
            element: string;
            /**
             * Limit
             * @description Both in pu, %, A or VA, as `because` has it.
             */
            limit: number;
            /** Value */
            value: number;
        };
        /** BurdenShape */
        BurdenShape: {
            /** Caifi */
            caifi: number | null;
            /** Celid Single */
            celid_single: {
                [key: string]: number;
            };
            /** Celid Total */
            celid_total: {
                [key: string]: number;
            };
            /** Cemi */
            cemi: {
                [key: string]: number;
            };
            /** Cemsmi */
            cemsmi: {
                [key: string]: number;
            };
            /** Hit */
            hit: number;
        };
        /**
         * By
         * @description What indices are told apart by.
         * @enum {string}
         */
        By: "feeder" | "area" | "cause" | "priority" | "load" | "month" | "day";
        /** Calls */
        Calls: {
            /** Calls */
            calls: components["schemas"]["CallsAt"][];
        };
        /** CallsAt */
        CallsAt: {
            /**
             * Calls
             * @default 1
             */
            calls?: number;
            /** Load */
            load: string;
        };
        /**
         * Cause
         * @description Why supply went away (or did not).
         * @enum {string}
         */
        Cause: "fault" | "lost_supply" | "momentary" | "planned" | "telemetry";
        /** CheckShape */
        CheckShape: {
            /**
             * Emergency
             * @description Branches that are loaded beyond their permanent rating, by their emergency rating.
             */
            emergency: string[];
            /** Limiting */
            limiting: string | null;
            /** Loading Pct Max */
            loading_pct_max: number | null;
            /** Voltage Pu Min */
            voltage_pu_min: number | null;
        };
        /**
         * ChildrenShape
         * @description What was heard of an incident, of one kind.
         */
        ChildrenShape: {
            /** Count */
            count: number;
            /**
             * Ids
             * @description A few of them: switches, or loads, or incidents.
             */
            ids: string[];
            /**
             * Kind
             * @enum {string}
             */
            kind: "devices" | "indicators" | "voltage_losses" | "earth_faults" | "meters" | "calls" | "incidents";
        };
        /**
         * Control
         * @description How a switch can be operated.
         * @enum {string}
         */
        Control: "remote" | "crew" | "none";
        /**
         * Corrected
         * @description What of an interruption may be corrected.
         * @enum {string}
         */
        Corrected: "cause" | "planned" | "source_lost" | "grounds" | "began" | "ended" | "customers";
        /**
         * Correction
         * @description Of one interruption, or of all that an incident cost; null leaves a field as it is.
         */
        Correction: {
            /**
             * As Booked
             * @default []
             */
            as_booked?: components["schemas"]["Corrected"][];
            /** Began */
            began?: string | null;
            /** Cause */
            cause?: string | null;
            /** Customers */
            customers?: number | null;
            /** Ended */
            ended?: string | null;
            /** Grounds */
            grounds?: string[] | null;
            /** Incident */
            incident?: string | null;
            /** Interruption */
            interruption?: string | null;
            /** Planned */
            planned?: boolean | null;
            /** Reason */
            reason: string;
            /** Source Lost */
            source_lost?: boolean | null;
        };
        /** CorrectionShape */
        CorrectionShape: {
            /**
             * As Booked
             * @description Those of them that are again what was booked.
             */
            as_booked: components["schemas"]["Corrected"][];
            /** At */
            at: string;
            /** By */
            by: string;
            /** Fields */
            fields: components["schemas"]["Corrected"][];
            /** Incident */
            incident: string | null;
            /** Interruption */
            interruption: string | null;
            /** Reason */
            reason: string;
        };
        /** CostShape */
        CostShape: {
            /**
             * By Hand
             * @description The same switching, by hand alone.
             */
            by_hand: number;
            /**
             * Nobody
             * @description Had everybody waited for the repair.
             */
            nobody: number;
            /** Was */
            was: number;
            /**
             * Without Switching
             * @description Had only protection and the grid above given supply back before the repair.
             */
            without_switching: number;
        };
        /**
         * CourseShape
         * @description One incident from its beginning on.
         */
        CourseShape: {
            /** @description As it stands at last. */
            incident: components["schemas"]["IncidentShape"];
            /** Moments */
            moments: components["schemas"]["MomentShape"][];
            /**
             * Moments All
             * @description How many there were, where not all are told.
             */
            moments_all: number;
            /** Sheets */
            sheets: string[];
        };
        /** Credentials */
        Credentials: {
            /** Password */
            password: string;
            /** User */
            user: string;
        };
        /**
         * CrewStatus
         * @description `CrewStatusKind` of IEC 61968-3, as far as a control room knows.
         * @enum {string}
         */
        CrewStatus: "awaitingCrewAssignment" | "assigned" | "arrived" | "fieldComplete";
        /**
         * Draft
         * @description What somebody writes. Steps are numbered by their place, from 1.
         */
        Draft: {
            /** After */
            after?: string | null;
            /**
             * Gives Up
             * @default []
             */
            gives_up?: string[];
            /** Incident */
            incident?: string | null;
            /**
             * Issuer
             * @default
             */
            issuer?: string;
            /**
             * Operator
             * @default
             */
            operator?: string;
            /** Plan */
            plan?: string | null;
            /**
             * Planned
             * @default true
             */
            planned?: boolean;
            /**
             * Receiver
             * @default
             */
            receiver?: string;
            /** Steps */
            steps: components["schemas"]["Line"][];
            /**
             * Supervisor
             * @default
             */
            supervisor?: string;
            /** Title */
            title: string;
        };
        /** Enabling */
        Enabling: {
            /** Reason */
            reason: string;
        };
        /** EvidenceShape */
        EvidenceShape: {
            /** Device */
            device: string;
            quality: components["schemas"]["Quality"] | null;
            reading: components["schemas"]["Reading"];
            /**
             * Role
             * @enum {string}
             */
            role: "supports" | "against" | "ignored";
            /** Source Time */
            source_time: string | null;
            why: components["schemas"]["ReasonShape"];
        };
        /** ExpectedBasis */
        ExpectedBasis: {
            /**
             * Cases
             * @description Former outages of this kind that lasted longer than this one had when it was told.
             */
            cases: number;
            cause: components["schemas"]["Cause"];
            /** @description Of the device that opened first. */
            device_kind: components["schemas"]["SwitchKind"];
        };
        /** ExpectedRevision */
        ExpectedRevision: {
            /** At */
            at: string | null;
            basis: components["schemas"]["ExpectedBasis"] | null;
            /** Earliest */
            earliest: string | null;
            /** Latest */
            latest: string | null;
            /**
             * State
             * @description `assessing`: too few former outages of the kind, or this one outlasted them; no time.
             * @enum {string}
             */
            state: "assessing" | "expected" | "restored";
            /** Told At */
            told_at: string;
        };
        /** ExpectedShape */
        ExpectedShape: {
            /** At */
            at: string | null;
            basis: components["schemas"]["ExpectedBasis"] | null;
            /** Earliest */
            earliest: string | null;
            /** Latest */
            latest: string | null;
            /**
             * Restored At
             * @description When everybody had supply again.
             */
            restored_at: string | null;
            /**
             * Revisions
             * @description What was told, oldest first, as it was told; the last one holds.
             */
            revisions: components["schemas"]["ExpectedRevision"][];
            /**
             * State
             * @description `assessing`: too few former outages of the kind, or this one outlasted them; no time.
             * @enum {string}
             */
            state: "assessing" | "expected" | "restored";
        };
        /** FeederModeShape */
        FeederModeShape: {
            /** @description The lower of system and feeder, with load shedding and latches over it. */
            effective: components["schemas"]["Mode"];
            /** Feeder */
            feeder: string;
            /** @description Null: it has none of its own, and goes by the system's. */
            set: components["schemas"]["ModeSet"] | null;
        };
        /** FeederRow */
        FeederRow: {
            /** @description Whether a fault would be handled without a person. */
            automation: components["schemas"]["Automation"];
            /**
             * Blockers
             * @description What keeps automation from it, the gravest first.
             */
            blockers: components["schemas"]["BlockerShape"][];
            /** Customers */
            customers: number;
            /** Customers Out */
            customers_out: number;
            /** Head */
            head: string;
            /**
             * Head Position
             * @enum {string}
             */
            head_position: "open" | "closed" | "intermediate" | "bad";
            /** Id */
            id: string;
            /** @description The effective one: the lower of system and feeder, with load shedding and latches over it. */
            mode: components["schemas"]["Mode"];
            /** @description The feeder's own; null: it goes by the system's. */
            mode_set: components["schemas"]["ModeSet"] | null;
            /** Name */
            name: string;
            /** P W */
            p_w: number | null;
        };
        /** FeederShape */
        FeederShape: {
            /** @description Whether a fault would be handled without a person. */
            automation: components["schemas"]["Automation"];
            /**
             * Blockers
             * @description What keeps automation from it, the gravest first.
             */
            blockers: components["schemas"]["BlockerShape"][];
            /** Customers */
            customers: number;
            /** Customers Out */
            customers_out: number;
            /**
             * Head Position
             * @enum {string}
             */
            head_position: "open" | "closed" | "intermediate" | "bad";
            /** @description The effective one: the lower of system and feeder, with load shedding and latches over it. */
            mode: components["schemas"]["Mode"];
            /** @description The feeder's own; null: it goes by the system's. */
            mode_set: components["schemas"]["ModeSet"] | null;
            /** P W */
            p_w: number | null;
        };
        /**
         * FileForm
         * @enum {string}
         */
        FileForm: "json" | "csv";
        /**
         * Flaw
         * @description One thing that is not as documented.
         */
        Flaw: {
            /** What */
            what: string;
            /** Where */
            where: string;
        };
        /**
         * FlowShape
         * @description The AC power flow of the whole grid, at the loads that the grid states, times the scale.
         */
        FlowShape: {
            /** Broken */
            broken: number;
            /**
             * Fullest
             * @description The branch that has it.
             */
            fullest: string | null;
            /** Loading Pct Max */
            loading_pct_max: number | null;
            /** Solved */
            solved: boolean;
            /**
             * Violations
             * @description Some of them, where many limits are broken.
             */
            violations: components["schemas"]["BrokenShape"][];
            /** Voltage Pu Min */
            voltage_pu_min: number | null;
            /**
             * Weakest
             * @description The node that has it.
             */
            weakest: string | null;
        };
        /**
         * FormName
         * @enum {string}
         */
        FormName: "vn" | "en";
        /**
         * From
         * @description The state that a study begins in.
         * @enum {string}
         */
        From: "now" | "normal" | "moment";
        /** FromTemplate */
        FromTemplate: {
            /** Chosen */
            chosen?: {
                [key: string]: string;
            };
            /** Template */
            template: string;
        };
        /** GridFeederShape */
        GridFeederShape: {
            /** Customers */
            customers: number;
            /** Head */
            head: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /** BranchShape */
        gridops__api__grid_shapes__BranchShape: {
            /** From */
            from: string;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "cable" | "overhead" | "transformer";
            /** Length M */
            length_m: number;
            /** Name */
            name: string;
            /** Section */
            section: string;
            /** To */
            to: string;
        };
        /**
         * BranchShape
         * @description What is done if a step fails; times count from when that is known.
         */
        gridops__api__outlook_view__BranchShape: {
            /**
             * At S
             * @description From the release on.
             */
            at_s: number;
            /** Customers At Risk */
            customers_at_risk: number;
            /** Minutes At Risk */
            minutes_at_risk: number;
            /** Step */
            step: number;
            /**
             * Steps
             * @description Empty: nothing safe is left to do.
             */
            steps: components["schemas"]["MovementShape"][];
            what: components["schemas"]["ReasonShape"];
        };
        /** GridSectionShape */
        GridSectionShape: {
            /** Branches */
            branches: string[];
            /** Customers */
            customers: number;
            /** Id */
            id: string;
            /** Loads */
            loads: components["schemas"]["LoadShape"][];
            /** Nodes */
            nodes: string[];
            /** P W */
            p_w: number;
        };
        /** GridShape */
        GridShape: {
            /** Branches */
            branches: components["schemas"]["gridops__api__grid_shapes__BranchShape"][];
            /** Customers */
            customers: number;
            /** Feeders */
            feeders: components["schemas"]["GridFeederShape"][];
            /** Fingerprint */
            fingerprint: string;
            /** Frequency Hz */
            frequency_hz: number;
            /** Name */
            name: string;
            /** Nodes */
            nodes: components["schemas"]["NodeShape"][];
            /** Sections */
            sections: components["schemas"]["GridSectionShape"][];
            /** Switches */
            switches: components["schemas"]["GridSwitchShape"][];
        };
        /** GridSwitchShape */
        GridSwitchShape: {
            /** A */
            a: string;
            /** B */
            b: string;
            control: components["schemas"]["Control"];
            /** Current A Rated */
            current_a_rated: number;
            /**
             * Feeder
             * @description Set on the head of a feeder.
             */
            feeder: string | null;
            /** Id */
            id: string;
            indicator: components["schemas"]["IndicatorKind"];
            kind: components["schemas"]["SwitchKind"];
            /** Name */
            name: string;
            /**
             * Normal
             * @enum {string}
             */
            normal: "open" | "closed";
            /** Sections */
            sections: string[];
            /** Tie */
            tie: boolean;
        };
        /** GroupShape */
        GroupShape: {
            /**
             * Group
             * @description Null: not known.
             */
            group: string | null;
            /** @description Divided by the group's own customers, where they are known. */
            own: components["schemas"]["IndexShape"] | null;
            /** @description Of the whole: divided by all customers. */
            share: components["schemas"]["IndexShape"];
        };
        /** GuardShape */
        GuardShape: {
            /** Checks */
            checks: number;
            /** Passed */
            passed: boolean;
            /** Violations */
            violations: components["schemas"]["ViolationShape"][];
        };
        /** HelpShape */
        HelpShape: {
            /** At Most */
            at_most: boolean;
            /** Customers More */
            customers_more: number;
            /** Minutes Less */
            minutes_less: number;
            what: components["schemas"]["ReasonShape"];
        };
        /** HistoryShape */
        HistoryShape: {
            /** Feeder */
            feeder: string | null;
            /** Incident */
            incident: string | null;
            /** Interruption */
            interruption: string;
            /** Load */
            load: string;
            /** Revisions */
            revisions: number;
            /** Section */
            section: string;
            /**
             * Versions
             * @description As it was booked, then the newest 99, oldest first; the last one holds.
             */
            versions: components["schemas"]["VersionShape"][];
        };
        /** IncidentMinutes */
        IncidentMinutes: {
            /** So Far */
            so_far: number;
            /** With Plan */
            with_plan: number | null;
            /** Without */
            without: number | null;
        };
        /** IncidentShape */
        IncidentShape: {
            cause: components["schemas"]["Cause"];
            /** Concluded At */
            concluded_at: string | null;
            /** Customers Interrupted */
            customers_interrupted: number;
            /** Customers Out */
            customers_out: number;
            /** Dark */
            dark: string[];
            /**
             * Decide By
             * @description The last moment at which the plan still keeps customers below the threshold of 5 min.
             */
            decide_by: string | null;
            /** Device */
            device: string;
            /** Devices */
            devices: string[];
            /** @description When everybody is expected to have supply, from how long such outages lasted. */
            expected_restoration: components["schemas"]["ExpectedShape"];
            /**
             * Explanation
             * @description What is dark, where the fault is and why, what to do now: three lines.
             */
            explanation: components["schemas"]["ReasonShape"][];
            /** Feeder */
            feeder: string | null;
            /** Fence */
            fence: string[];
            /** Id */
            id: string;
            location: components["schemas"]["LocationShape"] | null;
            /**
             * Merged Into
             * @description The incident that goes on with it; it is closed then.
             */
            merged_into: string | null;
            minutes: components["schemas"]["IncidentMinutes"];
            /** @description Null while no plan of it was carried out, and when it is closed. */
            normal: components["schemas"]["NormalShape"] | null;
            /** @description Null while nothing better is known. */
            offer: components["schemas"]["OfferShape"] | null;
            /** Opened At */
            opened_at: string;
            /** @description How it came to be known: by a trip, by reports alone, or as an earth fault without a trip. */
            origin: components["schemas"]["Origin"];
            phase: components["schemas"]["Phase"];
            plan: components["schemas"]["PlanShape"] | null;
            /**
             * Presumed Open
             * @description Devices that nobody reports, taken for open because what they feed is without supply.
             */
            presumed_open: string[];
            reason: components["schemas"]["ReasonShape"] | null;
            release: components["schemas"]["ReleaseShape"];
            /**
             * Sheet
             * @description The sheet that the plan was released as; null while it was not.
             */
            sheet: string | null;
            /** Timeline */
            timeline: components["schemas"]["NoteShape"][];
            /** Took Over */
            took_over: string[];
        };
        /** IncidentWorth */
        IncidentWorth: {
            avoided: components["schemas"]["AvoidedShape"];
            /** Began */
            began: string;
            /** Cause */
            cause: string;
            /**
             * Counted To
             * @description When the last of those whom the fault took supply from had it again; now while it lasts.
             */
            counted_to: string;
            customer_minutes: components["schemas"]["CostShape"];
            /** Feeder */
            feeder: string | null;
            /** Incident */
            incident: string;
            /** Lasts */
            lasts: boolean;
        };
        /** IndexShape */
        IndexShape: {
            /** Asai */
            asai: number;
            /** Caidi Min */
            caidi_min: number | null;
            /** Customer Interruptions */
            customer_interruptions: number;
            /** Customer Minutes */
            customer_minutes: number;
            /** Customers Served */
            customers_served: number;
            /**
             * Ens Flat Wh
             * @description Of that, what follows no load profile.
             */
            ens_flat_wh: number;
            /** Ens Wh */
            ens_wh: number;
            /** Maifi */
            maifi: number;
            /** Maifi E */
            maifi_e: number;
            /** Saidi Min */
            saidi_min: number;
            /** Saifi */
            saifi: number;
        };
        /**
         * IndicatorKind
         * @description Fault passage indicator at a switch.
         * @enum {string}
         */
        IndicatorKind: "none" | "non_directional" | "directional";
        /** Instruction */
        Instruction: {
            /** Receiver */
            receiver: string;
        };
        /**
         * JudgedShape
         * @description What a draft would be worth, and nothing of it is kept.
         */
        JudgedShape: {
            /** Customers Dropped */
            customers_dropped: number;
            /** Customers Restored */
            customers_restored: number;
            guard: components["schemas"]["GuardShape"];
            /** Steps */
            steps: components["schemas"]["SheetStepShape"][];
        };
        /**
         * Language
         * @enum {string}
         */
        Language: "en" | "vi";
        /** LeftOutShape */
        LeftOutShape: {
            /** Customer Interruptions */
            customer_interruptions: number;
            /** Customer Minutes */
            customer_minutes: number;
            /** Why */
            why: string;
        };
        /** Line */
        Line: {
            act: components["schemas"]["StepAct"];
            by: components["schemas"]["StepBy"];
            /**
             * Deleted
             * @default false
             */
            deleted?: boolean;
            /** Switch */
            switch?: string | null;
            /**
             * Text
             * @default
             */
            text?: string;
        };
        /** LinkShape */
        LinkShape: {
            /** Connected */
            connected: boolean;
            /**
             * Counts
             * @description What lost or distorted information since the process started, by the names of `Trouble`.
             */
            counts: {
                [key: string]: number;
            };
            /** Detail */
            detail: string;
            /** Device Skew S */
            device_skew_s: number | null;
            /** Epoch */
            epoch: number;
            /** Id */
            id: string;
            /** Last Heard */
            last_heard: string | null;
            /** Name */
            name: string;
            /**
             * Server
             * @description Address of the one of several that is listened to; empty: not told.
             */
            server: string;
            /** Since */
            since: string;
            /**
             * Skew S
             * @description How far the server's clock is ahead of ours; null: it tells no time.
             */
            skew_s: number | null;
        };
        /** LoadShape */
        LoadShape: {
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /** LoadShedShape */
        LoadShedShape: {
            /**
             * Devices
             * @description Whose input says so.
             */
            devices: string[];
            /** Since */
            since: string;
        };
        /** LocationShape */
        LocationShape: {
            /**
             * Advice
             * @description What would tell more, the most useful first.
             */
            advice: components["schemas"]["AdviceShape"][];
            /** Evidence */
            evidence: components["schemas"]["EvidenceShape"][];
            /**
             * P No Fault
             * @description That there is no fault at all.
             */
            p_no_fault: number;
            /**
             * P Trouble
             * @description That what was read has nothing to do with the grid.
             */
            p_trouble: number;
            /**
             * P Two Faults
             * @description That there are two, given that there is one.
             */
            p_two_faults: number;
            /** Suspected */
            suspected: string[];
            /** Suspects */
            suspects: components["schemas"]["SuspectShape"][];
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "located" | "ambiguous" | "contradictory" | "insufficient";
        };
        /** MajorDayShape */
        MajorDayShape: {
            /** Day */
            day: string;
            /** Saidi Min */
            saidi_min: number;
        };
        /** MajorEventDaysShape */
        MajorEventDaysShape: {
            /** Days */
            days: components["schemas"]["MajorDayShape"][];
            /** Days With Interruptions */
            days_with_interruptions: number;
            /**
             * Rests On
             * @description `years_before`, or `period`: the period itself.
             */
            rests_on: string | null;
            /** Threshold Min */
            threshold_min: number | null;
        };
        /** Meters */
        Meters: {
            /** Meters */
            meters: components["schemas"]["MetersAt"][];
        };
        /** MetersAt */
        MetersAt: {
            /** Has Voltage */
            has_voltage: boolean;
            /** Load */
            load: string;
            /**
             * Meter Ids
             * @default []
             */
            meter_ids?: string[];
            /**
             * Meters
             * @default 1
             */
            meters?: number;
            /**
             * Phases
             * @default
             */
            phases?: string;
            /**
             * Source Time
             * Format: date-time
             */
            source_time: string;
        };
        /**
         * MinutesOfTraining
         * @description Customer minutes by now, or by when everybody had supply again.
         */
        MinutesOfTraining: {
            /**
             * Best
             * @description If the first plan had been released the moment it was there.
             */
            best: number;
            /** Trainee */
            trainee: number;
            /**
             * Waiting
             * @description If nobody had switched anything.
             */
            waiting: number;
        };
        /** MinutesShape */
        MinutesShape: {
            /** Customers */
            customers: number;
            today: components["schemas"]["TodayShape"];
        };
        /**
         * Mode
         * @description What GridOps may do on a feeder. Ordered: the lower of system and feeder counts.
         * @enum {string}
         */
        Mode: "disabled" | "restore_only" | "advisory" | "automatic";
        /**
         * ModeSet
         * @description A mode as somebody set it.
         */
        ModeSet: {
            /**
             * By
             * @description None: nobody has set it yet.
             */
            by: string | null;
            /**
             * Feeder
             * @description None: the whole system.
             */
            feeder: string | null;
            mode: components["schemas"]["Mode"];
            /** Reason */
            reason: string;
            /** Since */
            since: string | null;
        };
        /** ModesShape */
        ModesShape: {
            /** Feeders */
            feeders: components["schemas"]["FeederModeShape"][];
            /** @description While it is on, everything is disabled. */
            load_shed: components["schemas"]["LoadShedShape"] | null;
            system: components["schemas"]["ModeSet"];
        };
        /**
         * MomentShape
         * @description From here on, until the next moment.
         */
        MomentShape: {
            /**
             * At
             * @description Field source time.
             */
            at: string;
            /** Customers Out */
            customers_out: number;
            /**
             * Dark
             * @description Sections with a load without supply.
             */
            dark: string[];
            /**
             * Known At
             * @description When the control room knew of it, at the latest: how it stood on the screen from then on.
             */
            known_at: string;
        };
        /** MovementShape */
        MovementShape: {
            /**
             * Action
             * @enum {string}
             */
            action: "open" | "close";
            /**
             * By
             * @enum {string}
             */
            by: "remote" | "crew";
            /** Done S */
            done_s: number;
            /** Switch */
            switch: string;
        };
        /**
         * Named
         * @description Exactly the sheet that was on the screen.
         */
        Named: {
            /** Fingerprint */
            fingerprint: string;
        };
        /** NewMode */
        NewMode: {
            /** Feeder */
            feeder?: string | null;
            mode: components["schemas"]["Mode"];
            /**
             * Reason
             * @default
             */
            reason?: string;
        };
        /** NewPassword */
        NewPassword: {
            /**
             * Current
             * @default
             */
            current?: string;
            /** Password */
            password: string;
        };
        /** NewPermit */
        NewPermit: {
            /** Holder */
            holder: string;
            /** Isolated By */
            isolated_by: string[];
            /** Reason */
            reason: string;
            /** Sections */
            sections: string[];
        };
        /** NewRole */
        NewRole: {
            /** Areas */
            areas?: string[] | null;
            role: components["schemas"]["Role"];
        };
        /** NewTag */
        NewTag: {
            kind: components["schemas"]["TagKind"];
            /** Reason */
            reason: string;
            /** Switch */
            switch: string;
        };
        /** NewToken */
        NewToken: {
            /**
             * Days
             * @default 90
             */
            days?: number;
            /** Name */
            name: string;
            /** Scopes */
            scopes: components["schemas"]["Permission"][];
        };
        /** NewTokenShape */
        NewTokenShape: {
            /** Expires At */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Name
             * @description What it is for.
             */
            name: string;
            /** Scopes */
            scopes: components["schemas"]["Permission"][];
            /**
             * Token
             * @description To be sent as `Authorization: Bearer`; it is not shown again.
             */
            token: string;
        };
        /** NewUser */
        NewUser: {
            /** Areas */
            areas?: string[];
            /** Name */
            name: string;
            /** Password */
            password: string;
            role: components["schemas"]["Role"];
        };
        /**
         * NodeKind
         * @enum {string}
         */
        NodeKind: "busbar" | "ring_main_unit" | "pole" | "station" | "joint" | "terminal";
        /** NodeShape */
        NodeShape: {
            /** Id */
            id: string;
            kind: components["schemas"]["NodeKind"];
            /** Latitude Deg */
            latitude_deg: number | null;
            /** Longitude Deg */
            longitude_deg: number | null;
            /** Name */
            name: string;
            /** Section */
            section: string;
            /** Station */
            station: string | null;
            /** X */
            x: number;
            /**
             * Y
             * @description Downwards.
             */
            y: number;
        };
        /**
         * NormalShape
         * @description How far the switches that tripped or were moved by plans are from the normal state.
         */
        NormalShape: {
            /**
             * Away
             * @description Off their normal position.
             */
            away: string[];
            /**
             * Due At
             * @description When the way back is planned; null: not before everybody has supply after the repair.
             */
            due_at: string | null;
            /**
             * May Accept
             * @description Whether the present positions may be taken for normal now.
             */
            may_accept: boolean;
        };
        /** NoteShape */
        NoteShape: {
            /** At */
            at: string;
            /** Code */
            code: string;
            /**
             * Params
             * @description A list of strings are ids; a list of reasons are clauses of the sentence.
             */
            params: {
                [key: string]: string | number | string[] | components["schemas"]["ReasonShape"][];
            };
        };
        /**
         * OfferShape
         * @description A better plan than the one on the screen. It goes there only when a person takes it.
         */
        OfferShape: {
            /** Closes */
            closes: string[];
            /**
             * Customers
             * @description Brought back by it.
             */
            customers: number;
            /**
             * Customers Interrupted
             * @description Supplied ones, interrupted on its way.
             */
            customers_interrupted: number;
            /**
             * Customers More
             * @description Beyond those whom the plan on the screen brings back; below 0 where the offer prefers fewer
             *     customers of a higher priority.
             */
            customers_more: number;
            /** Expires At */
            expires_at: string | null;
            /** Fingerprint */
            fingerprint: string;
            /** Gap Pct */
            gap_pct: number | null;
            /** Id */
            id: string;
            /**
             * Interrupted S
             * @description Each of them for so long at most.
             */
            interrupted_s: number;
            /**
             * Last Done S
             * @description When its last step is done, from the release on.
             */
            last_done_s: number;
            /**
             * Minutes Fewer
             * @description Customer minutes until repair.
             */
            minutes_fewer: number;
            /** Offered At */
            offered_at: string;
            /** Opens */
            opens: string[];
            /**
             * Proof
             * @enum {string}
             */
            proof: "optimal" | "gap" | "heuristic";
            /** Steps More */
            steps_more: number;
        };
        /**
         * Origin
         * @description How we came to know of it.
         * @enum {string}
         */
        Origin: "tripped" | "predicted" | "earth_fault";
        /** OutageAreaShape */
        OutageAreaShape: {
            /** Earliestreportedtime */
            earliestReportedTime: string;
            /**
             * Metersserved
             * @description Customers of the area; this and every count is rounded down, and null below the least that
             *     is told.
             */
            metersServed: number | null;
            outageAreaKind: components["schemas"]["AreaKind"];
        };
        /** OutagesShape */
        OutagesShape: {
            /**
             * Customersleast
             * @description Counts are multiples of this.
             */
            customersLeast: number;
            /**
             * Iscurrent
             * @description false: the control room does not see the whole field now.
             */
            isCurrent: boolean;
            /**
             * Outages
             * @description Present ones and those that ended lately, the latest first.
             */
            outages: components["schemas"]["PublicOutageShape"][];
            /**
             * Unlisted
             * @description How many more there are.
             */
            unlisted: number;
            /** Updatedtime */
            updatedTime: string;
        };
        /** OutlookShape */
        OutlookShape: {
            /** Alternatives */
            alternatives: components["schemas"]["AlternativeShape"][];
            /** Branches */
            branches: components["schemas"]["gridops__api__outlook_view__BranchShape"][];
            /** Helps */
            helps: components["schemas"]["HelpShape"][];
            /**
             * Plan
             * @description The plan that it is about; null: none is on the screen.
             */
            plan: string | null;
            /**
             * Ready
             * @description False: it is being worked out, or was not asked for (a plan that was released at once).
             */
            ready: boolean;
        };
        /**
         * ParameterKind
         * @description What a person chooses.
         * @enum {string}
         */
        ParameterKind: "section" | "switch" | "feeder" | "text";
        /** ParameterShape */
        ParameterShape: {
            kind: components["schemas"]["ParameterKind"];
            /** Name */
            name: string;
            /**
             * Needed
             * @description False: steps about it are left out when nothing is chosen.
             */
            needed: boolean;
            /** Title */
            title: string;
            /** Title Vi */
            title_vi: string;
        };
        /**
         * PastIncident
         * @description A row of the history.
         */
        PastIncident: {
            cause: components["schemas"]["Cause"];
            /** Customer Minutes */
            customer_minutes: number;
            /** Customers Interrupted */
            customers_interrupted: number;
            /** Device */
            device: string;
            /** Feeder */
            feeder: string | null;
            /** Id */
            id: string;
            /** Merged Into */
            merged_into: string | null;
            /** Opened At */
            opened_at: string;
            origin: components["schemas"]["Origin"];
            phase: components["schemas"]["Phase"];
            /**
             * Told Last At
             * @description The last line of its timeline.
             */
            told_last_at: string | null;
        };
        /**
         * PastView
         * @description What the screen showed at a moment: switches, sections, incidents, without the state of
         *     links, which no journal keeps.
         */
        PastView: {
            /**
             * At
             * @description The moment that was asked for.
             */
            at: string;
            /**
             * Grid
             * @description Fingerprint of the version of the grid that was in operation: `GET /history/grid/{it}`.
             */
            grid: string;
            /**
             * Of
             * @description Entries of the journal.
             */
            of: number;
            /**
             * Read
             * @description Entries of the journal up to that moment, or so far.
             */
            read: number;
            /**
             * Ready
             * @description False: the journal is being read; asked again, it goes on from `read`.
             */
            ready: boolean;
            view: components["schemas"]["ViewShape"] | null;
        };
        /** Patrol */
        Patrol: {
            /** Found */
            found: boolean;
            /** Place */
            place: string;
        };
        /** PeriodShape */
        PeriodShape: {
            /**
             * End
             * @description null: it lasts.
             */
            end: string | null;
            /** Start */
            start: string;
        };
        /**
         * Permission
         * @description One kind of act. The scopes of an API token are the same words.
         * @enum {string}
         */
        Permission: "look" | "report" | "switch" | "alarm" | "tag" | "mode" | "automate" | "correct" | "administer";
        /**
         * PermitShape
         * @description While it stands, its sections stay dead and its switches where they are.
         */
        PermitShape: {
            /** By */
            by: string;
            /** Holder */
            holder: string;
            /** Id */
            id: string;
            /** Isolated By */
            isolated_by: string[];
            /** Reason */
            reason: string;
            /** Sections */
            sections: string[];
            /** Since */
            since: string;
        };
        /**
         * Phase
         * @enum {string}
         */
        Phase: "detecting" | "settling" | "proposed" | "executing" | "restored" | "stopped" | "closed";
        /** Phasing */
        Phasing: {
            /** Reason */
            reason: string;
            /** Verified */
            verified: boolean;
        };
        /** PieceShape */
        PieceShape: {
            /** Area */
            area: string | null;
            /** Began */
            began: string;
            /** Cause */
            cause: string;
            /**
             * Counts As
             * @description `sustained`, `momentary`, or why it does not count: `planned`, `source_lost`, `excluded`.
             */
            counts_as: string;
            /**
             * Customer Minutes
             * @description Those that belong to the period.
             */
            customer_minutes: number;
            /** Customers */
            customers: number;
            /**
             * Ended
             * @description Null: it lasts.
             */
            ended: string | null;
            /** Feeder */
            feeder: string | null;
            /**
             * Incident
             * @description `GET /incidents/{id}` has its timeline, switch by switch.
             */
            incident: string | null;
            /** Is Clamped */
            is_clamped: boolean;
            /** Load */
            load: string;
            /** Priority */
            priority: string | null;
        };
        /** PlanShape */
        PlanShape: {
            /**
             * Aim
             * @description What it is for: supply, or the way back to the normal state after the repair.
             * @enum {string}
             */
            aim: "restore" | "return";
            customer_minutes: components["schemas"]["PromisedMinutes"];
            customers: components["schemas"]["TallyShape"];
            /** Fence */
            fence: string[];
            /** Fingerprint */
            fingerprint: string;
            /**
             * Found By
             * @description Which search it comes from; docs/restoration.md.
             * @enum {string}
             */
            found_by: "ties" | "packing" | "transfer" | "shedding";
            /** Gap Pct */
            gap_pct: number | null;
            guard: components["schemas"]["GuardShape"];
            /** Id */
            id: string;
            p_w: components["schemas"]["TallyShape"];
            /**
             * Phases
             * @description How far its states were looked at phase by phase.
             * @enum {string}
             */
            phases: "balanced-grid" | "three-phase" | "not-checked";
            /**
             * Proof
             * @enum {string}
             */
            proof: "optimal" | "gap" | "heuristic";
            /** Rejected */
            rejected: components["schemas"]["RejectedShape"][];
            /** Shed */
            shed: string[];
            /** Steps */
            steps: components["schemas"]["StepShape"][];
            /** Unserved */
            unserved: components["schemas"]["UnservedShape"][];
        };
        /** PlayAsked */
        PlayAsked: {
            /**
             * At
             * @description With `begins` moment: which one.
             */
            at?: string | null;
            /** @default now */
            begins?: components["schemas"]["From"];
            /** Close */
            close?: string[];
            /**
             * Faults
             * @description As in `StudyAsked`; none: only the state is worked out.
             */
            faults?: string[];
            /**
             * Load Scale
             * @default 1
             */
            load_scale?: number;
            /**
             * Open
             * @description Switches that are open before, whatever they are in the state that it begins in.
             */
            open?: string[];
            /**
             * Tag
             * @description Switches that may not be operated.
             */
            tag?: string[];
        };
        /** PlayedShape */
        PlayedShape: {
            /**
             * Assumed
             * @description Switches whose position is not known there; they were taken as in the normal state.
             */
            assumed: string[];
            /**
             * At
             * @description When it begins.
             */
            at: string;
            begins: components["schemas"]["From"];
            /** Closed */
            closed: string[];
            /**
             * Opened
             * @description What differed from the normal state before the fault.
             */
            opened: string[];
            /** Stages */
            stages: components["schemas"]["StageShape"][];
            /**
             * Study
             * @description Nothing of it is real, and nothing of it can be released.
             * @constant
             */
            study: true;
            /** Unavailable */
            unavailable: string[];
        };
        /**
         * Priority
         * @description By what becomes of it if nobody does anything, and how soon. Ordered: the gravest first.
         * @enum {string}
         */
        Priority: "high" | "medium" | "low";
        /**
         * Problem
         * @description RFC 9457. `type` is `urn:gridops:problem:` and the code; both are stable.
         */
        Problem: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Etag */
            etag?: string | null;
            /** Flaws */
            flaws?: components["schemas"]["Flaw"][] | null;
            /** Near */
            near?: string[] | null;
            reason?: components["schemas"]["ReasonShape"] | null;
            /** Remedy */
            remedy: string;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /** Type */
            type: string;
        };
        /** PromisedMinutes */
        PromisedMinutes: {
            /** With Plan */
            with_plan: number;
            /** Without */
            without: number;
        };
        /** PublicOutageShape */
        PublicOutageShape: {
            actualPeriod: components["schemas"]["PeriodShape"];
            /**
             * Causekind
             * @description What broke (`OutageCauseKind`: animal, lineDown, ...) is not known to the control room.
             */
            causeKind: null;
            /**
             * Communitydescriptor
             * @description Name of the area; empty: elsewhere, or in an area with too few customers to be named.
             */
            communityDescriptor: string;
            /** Customersrestored */
            customersRestored: number | null;
            /** @description null: being assessed. */
            EstimatedRestorationTime: components["schemas"]["RestorationShape"] | null;
            /**
             * Metersaffected
             * @description Customers who have none now.
             */
            metersAffected: number | null;
            /**
             * Mrid
             * @description Stays the same over the life of the outage; one incident has one for each area.
             */
            mRID: string;
            /**
             * Originalcustomersserved
             * @description Customers of the area, with supply or without.
             */
            originalCustomersServed: number | null;
            /**
             * Originalmetersaffected
             * @description Customers who lost supply.
             */
            originalMetersAffected: number | null;
            /** Outagearea */
            OutageArea: components["schemas"]["OutageAreaShape"][];
            /**
             * Outagekind
             * @enum {string}
             */
            outageKind: "predicted" | "confirmed" | "partiallyRestored" | "restored";
            reason: components["schemas"]["Why"];
            /** Reportedstarttime */
            reportedStartTime: string;
            status: components["schemas"]["Status"];
            /** @description Of the crew. */
            statusKind: components["schemas"]["CrewStatus"];
            /**
             * Type
             * @enum {string}
             */
            type: "PlannedOutage" | "UnplannedOutage";
        };
        /** PublisherShape */
        PublisherShape: {
            /**
             * Detail
             * @description Why it ended last; empty: it never did.
             */
            detail: string;
            /**
             * Ended
             * @description How often it has ended since the control room began.
             */
            ended: number;
            /**
             * Running
             * @description Whether its process is there and takes views.
             */
            running: boolean;
            /** Since */
            since: string;
        };
        /**
         * Quality
         * @description How far a value may be trusted, folded from the OPC UA status code.
         * @enum {string}
         */
        Quality: "good" | "stale" | "substituted" | "bad";
        /**
         * Reading
         * @description What an indicator or a relay contact says.
         * @enum {string}
         */
        Reading: "yes" | "no" | "failed" | "not fitted";
        /** Ready */
        Ready: {
            /**
             * Blind
             * @description Reason codes.
             */
            blind: string[];
            /**
             * Status
             * @enum {string}
             */
            status: "ready" | "blind";
        };
        /**
         * ReasonShape
         * @description The console words it in the reader's language.
         */
        ReasonShape: {
            /** Code */
            code: string;
            /**
             * Params
             * @description A list of strings are ids; a list of reasons are clauses of the sentence.
             */
            params: {
                [key: string]: string | number | string[] | components["schemas"]["ReasonShape"][];
            };
        };
        /** Reclosing */
        Reclosing: {
            /** On */
            on: boolean;
            /** Reason */
            reason: string;
        };
        /** RefusedAct */
        RefusedAct: {
            /** Act */
            act: string;
            /** At */
            at: string;
            /** Code */
            code: string;
            /** User */
            user: string;
        };
        /** RejectedShape */
        RejectedShape: {
            /** Because */
            because: string;
            /**
             * Breaks
             * @description Of `cold-load` and `look-ahead`: the limit that breaks by it.
             */
            breaks: string | null;
            /** Element */
            element: string;
            /**
             * In S
             * @description Of `look-ahead`: how long after the plan it breaks.
             */
            in_s: number | null;
            /** Limit */
            limit: number | null;
            /** Option */
            option: string[];
            /** Value */
            value: number | null;
        };
        /**
         * Release
         * @description Exactly the plan that was on the screen.
         */
        Release: {
            /** Fingerprint */
            fingerprint: string;
            /** Plan */
            plan: string;
        };
        /** ReleaseShape */
        ReleaseShape: {
            /** Allowed */
            allowed: boolean;
            /** Approvals */
            approvals: components["schemas"]["ApprovalShape"][];
            /** Closes */
            closes: string[];
            /** Customers */
            customers: number;
            /**
             * Customers Dropped
             * @description So many are interrupted on the way, each for some seconds.
             */
            customers_dropped: number;
            /** Expires At */
            expires_at: string | null;
            /** Opens */
            opens: string[];
            /**
             * Two Person
             * @description Whether it takes the approval of somebody else than who releases.
             */
            two_person: boolean;
            /** Why Not */
            why_not: components["schemas"]["ReasonShape"][];
        };
        /** Report */
        Report: {
            /** Done */
            done: boolean;
            /**
             * Note
             * @default
             */
            note?: string;
            /**
             * Turned Back
             * @default false
             */
            turned_back?: boolean;
        };
        /** ReportShape */
        ReportShape: {
            /** By */
            by: string | null;
            /**
             * Clamped
             * @description Interruptions of which a time was moved to keep times in order.
             */
            clamped: number;
            /** Counted To */
            counted_to: string;
            customers: components["schemas"]["BurdenShape"] | null;
            /**
             * Ends Reported
             * @description Interruptions that a person said are over: nothing measured voltage.
             */
            ends_reported: number;
            /** From */
            from: string;
            /** Groups */
            groups: components["schemas"]["GroupShape"][];
            indices: components["schemas"]["IndexShape"];
            /**
             * Lasting
             * @description Interruptions that have no end yet.
             */
            lasting: number;
            /** Left Out */
            left_out: components["schemas"]["LeftOutShape"][];
            major_event_days: components["schemas"]["MajorEventDaysShape"];
            /**
             * Revised
             * @description Interruptions that say something else than what was booked first.
             */
            revised: number;
            ruleset: components["schemas"]["RuleSetShape"];
            /**
             * Source
             * @description The grid.
             */
            source: string;
            /** Time Zone */
            time_zone: string;
            /** To */
            to: string;
            without_major_event_days: components["schemas"]["IndexShape"] | null;
            /**
             * Worst
             * @description Loads.
             */
            worst: components["schemas"]["GroupShape"][];
        };
        /** RestorationShape */
        RestorationShape: {
            /**
             * Confidencekind
             * @constant
             */
            confidenceKind: "high";
            /**
             * Earliest
             * @description Before then one of ten was.
             */
            earliest: string;
            /**
             * Ert
             * @description By then nine of ten outages of this kind were over.
             */
            ert: string;
            /**
             * Revisions
             * @description Every time that was told, the latest last.
             */
            revisions: components["schemas"]["ToldShape"][];
        };
        /**
         * Role
         * @description What somebody was made. A role is not more or less than another one: see `PERMISSIONS`.
         * @enum {string}
         */
        Role: "viewer" | "dispatcher" | "shift_lead" | "engineer" | "admin";
        /**
         * RuleSetShape
         * @description How is counted (docs/minutes.md). Times in seconds.
         */
        RuleSetShape: {
            /** Beta Factor */
            beta_factor: number;
            /** Customers */
            customers: string;
            /** Excluded */
            excluded: string[];
            /** History Years */
            history_years: number;
            /** Long Single */
            long_single: number[];
            /** Long Total */
            long_total: number[];
            /** Major Events */
            major_events: string;
            /** Minutes Belong To */
            minutes_belong_to: string;
            /** Momentary Group */
            momentary_group: number;
            /** Name */
            name: string;
            /** Planned Counts */
            planned_counts: boolean;
            /** Repeats */
            repeats: number[];
            /** Shots Before Lockout Count */
            shots_before_lockout_count: boolean;
            /** Source Lost Counts */
            source_lost_counts: boolean;
            /** Sustained After */
            sustained_after: number;
            /**
             * Text
             * @description Where the rules stand.
             */
            text: string;
            /** Threshold Is Sustained */
            threshold_is_sustained: boolean;
            /** Time Zone */
            time_zone: string | null;
            /**
             * Unverified
             * @description Parameters whose text was not read, each with the label to be shown beside figures.
             */
            unverified: {
                [key: string]: string;
            };
            /** Year */
            year: string;
            /** Year Length */
            year_length: string;
            /** Zero Days Dropped */
            zero_days_dropped: boolean;
        };
        /** SaidShape */
        SaidShape: {
            /** By */
            by: string;
            /** Reason */
            reason: string;
            /** Since */
            since: string;
        };
        /** ScorecardShape */
        ScorecardShape: {
            /**
             * By Itself
             * @description Of them released by automation.
             */
            by_itself: number;
            /**
             * Customer Minutes
             * @description Fewer than happened; negative: more.
             */
            customer_minutes: number;
            /** Feeder */
            feeder: string | null;
            /** @description Whether the plan was still the plan, with the guard's word, when it would have been done. */
            held: components["schemas"]["ScoreShape"];
            /** Incidents */
            incidents: number;
            /** @description Whether the fault lay where the plan kept everything dead. */
            located: components["schemas"]["ScoreShape"];
        };
        /** ScoreShape */
        ScoreShape: {
            /** No */
            no: number;
            /**
             * Share Min
             * @description With 95 % confidence the share of yes is no less.
             */
            share_min: number;
            /** Unknown */
            unknown: number;
            /** Yes */
            yes: number;
        };
        /** SectionShape */
        SectionShape: {
            /** Feeder */
            feeder: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "supplied" | "dark" | "suspected" | "isolated";
            /** Voltage Pu */
            voltage_pu: number | null;
        };
        /** SeenShape */
        SeenShape: {
            /** At */
            at: string;
            /** By */
            by: string;
        };
        /** SessionShape */
        SessionShape: {
            /**
             * Csrf
             * @description To be sent back as X-CSRF-Token with everything that is not GET.
             */
            csrf: string;
            /** Language */
            language: string;
            /**
             * May
             * @description What the role allows.
             */
            may: components["schemas"]["Permission"][];
            role: components["schemas"]["Role"];
            /** User */
            user: string;
        };
        /** ShadowShape */
        ShadowShape: {
            /** By Itself */
            by_itself: boolean;
            /** Customer Minutes */
            customer_minutes: number;
            /** Feeder */
            feeder: string | null;
            /** Found In */
            found_in: string | null;
            /** Held */
            held: boolean | null;
            /** Incident */
            incident: string;
            /** Likeliest */
            likeliest: string | null;
            /** Located Right */
            located_right: boolean | null;
            /** Plan */
            plan: string;
            /** Proposed At */
            proposed_at: string;
            /** Released At */
            released_at: string | null;
            /** Would Be Done At */
            would_be_done_at: string;
        };
        /** ShadowsShape */
        ShadowsShape: {
            /** Feeders */
            feeders: components["schemas"]["ScorecardShape"][];
            /**
             * Incidents
             * @description The newest 500; all are on the scorecards.
             */
            incidents: components["schemas"]["ShadowShape"][];
        };
        /** SheetLineShape */
        SheetLineShape: {
            act: components["schemas"]["StepAct"];
            /**
             * Begun At
             * @description When it was commanded, or a crew was told.
             */
            begun_at: string | null;
            by: components["schemas"]["StepBy"];
            /** Changed At */
            changed_at: string | null;
            /** Customers Dropped */
            customers_dropped: number;
            /** Customers Restored */
            customers_restored: number;
            /** Instructed By */
            instructed_by: string | null;
            note: components["schemas"]["ReasonShape"] | null;
            /** Number */
            number: number;
            /**
             * Receiver
             * @description Who took the instruction; empty: nobody was instructed by name.
             */
            receiver: string;
            /** Reported By */
            reported_by: string | null;
            /** Sections Dropped */
            sections_dropped: string[];
            /** Sections Restored */
            sections_restored: string[];
            state: components["schemas"]["StepState"];
            /**
             * Switch
             * @description Null: a note.
             */
            switch: string | null;
            /** Text */
            text: string;
        };
        /**
         * SheetMay
         * @description What the core would take from the asking person now.
         */
        SheetMay: {
            /** Approve */
            approve: boolean;
            /** Edit */
            edit: boolean;
            /** Start */
            start: boolean;
            /** Stop */
            stop: boolean;
            /** Withdraw */
            withdraw: boolean;
        };
        /** SheetRow */
        SheetRow: {
            /**
             * After
             * @description The stopped sheet that it goes on from.
             */
            after: string | null;
            /** Approved At */
            approved_at: string | null;
            /** Approved By */
            approved_by: string | null;
            /**
             * By Hand
             * @description False: a plan that was released as it was shown.
             */
            by_hand: boolean;
            /**
             * Crews In Doubt
             * @description Of a stopped sheet: the steps of which nobody has said what the crew did, or telemetry does
             *     not show it. A report ends each.
             */
            crews_in_doubt: number[];
            /** Ended At */
            ended_at: string | null;
            /**
             * Expires At
             * @description When the approval ends unless it was started.
             */
            expires_at: string | null;
            /**
             * Fingerprint
             * @description What an approval and a start name.
             */
            fingerprint: string;
            /**
             * Gives Up
             * @description Supplied sections that it openly drops.
             */
            gives_up: string[];
            /** Id */
            id: string;
            /** Incident */
            incident: string | null;
            /** Issuer */
            issuer: string;
            /**
             * Number
             * @description `NN/MM/YYYY` in its month, with `-ĐX` when the work was not planned.
             */
            number: string;
            /** Operator */
            operator: string;
            /**
             * Passed
             * @description The guard's word on the whole of it, when it was last judged.
             */
            passed: boolean;
            /** Plan */
            plan: string | null;
            /** Planned */
            planned: boolean;
            /** Prepared At */
            prepared_at: string;
            /** Prepared By */
            prepared_by: string;
            /** Receiver */
            receiver: string;
            /** Revision */
            revision: number;
            /** Started At */
            started_at: string | null;
            /** Started By */
            started_by: string | null;
            state: components["schemas"]["SheetState"];
            /** Steps */
            steps: components["schemas"]["SheetLineShape"][];
            /** Supervisor */
            supervisor: string;
            /** Title */
            title: string;
        };
        /** SheetShape */
        SheetShape: {
            /**
             * After
             * @description The stopped sheet that it goes on from.
             */
            after: string | null;
            /** Approved At */
            approved_at: string | null;
            /** Approved By */
            approved_by: string | null;
            /**
             * Authors
             * @description Everybody who wrote it.
             */
            authors: string[];
            /**
             * By Hand
             * @description False: a plan that was released as it was shown.
             */
            by_hand: boolean;
            /**
             * Crews In Doubt
             * @description Of a stopped sheet: the steps of which nobody has said what the crew did, or telemetry does
             *     not show it. A report ends each.
             */
            crews_in_doubt: number[];
            /** Ended At */
            ended_at: string | null;
            /**
             * Etag
             * @description To be sent back as If-Match with an edit, an approval, a start and a withdrawal.
             */
            etag: string;
            /**
             * Expires At
             * @description When the approval ends unless it was started.
             */
            expires_at: string | null;
            /**
             * Fingerprint
             * @description What an approval and a start name.
             */
            fingerprint: string;
            /**
             * Gives Up
             * @description Supplied sections that it openly drops.
             */
            gives_up: string[];
            guard: components["schemas"]["GuardShape"];
            /** Id */
            id: string;
            /** Incident */
            incident: string | null;
            /** Issuer */
            issuer: string;
            /** Judged At */
            judged_at: string;
            may: components["schemas"]["SheetMay"];
            /**
             * Number
             * @description `NN/MM/YYYY` in its month, with `-ĐX` when the work was not planned.
             */
            number: string;
            /** Operator */
            operator: string;
            /**
             * Passed
             * @description The guard's word on the whole of it, when it was last judged.
             */
            passed: boolean;
            /** Plan */
            plan: string | null;
            /** Planned */
            planned: boolean;
            /** Prepared At */
            prepared_at: string;
            /** Prepared By */
            prepared_by: string;
            /** Receiver */
            receiver: string;
            /** Revision */
            revision: number;
            /** Started At */
            started_at: string | null;
            /** Started By */
            started_by: string | null;
            state: components["schemas"]["SheetState"];
            /** Steps */
            steps: components["schemas"]["SheetStepShape"][];
            /** Supervisor */
            supervisor: string;
            /** Timeline */
            timeline: components["schemas"]["NoteShape"][];
            /** Title */
            title: string;
            /**
             * Why Not
             * @description Why the next act (an approval of a draft, a start of what is approved) is not the asking
             *     person's; empty: it is.
             */
            why_not: components["schemas"]["ReasonShape"][];
        };
        /**
         * SheetState
         * @enum {string}
         */
        SheetState: "draft" | "approved" | "executing" | "completed" | "stopped" | "withdrawn";
        /** SheetStepShape */
        SheetStepShape: {
            act: components["schemas"]["StepAct"];
            /**
             * Begun At
             * @description When it was commanded, or a crew was told.
             */
            begun_at: string | null;
            by: components["schemas"]["StepBy"];
            /** Changed At */
            changed_at: string | null;
            /** @description Null: it moves nothing, or was not reckoned. */
            check: components["schemas"]["CheckShape"] | null;
            /** Customers Dropped */
            customers_dropped: number;
            /** Customers Restored */
            customers_restored: number;
            /** Instructed By */
            instructed_by: string | null;
            note: components["schemas"]["ReasonShape"] | null;
            /** Number */
            number: number;
            /**
             * Receiver
             * @description Who took the instruction; empty: nobody was instructed by name.
             */
            receiver: string;
            /** Reported By */
            reported_by: string | null;
            /** Sections Dropped */
            sections_dropped: string[];
            /** Sections Restored */
            sections_restored: string[];
            state: components["schemas"]["StepState"];
            /**
             * Switch
             * @description Null: a note.
             */
            switch: string | null;
            /** Text */
            text: string;
        };
        /** ShelfShape */
        ShelfShape: {
            /** By */
            by: string;
            /** Reason */
            reason: string;
            /** Since */
            since: string;
            /**
             * Until
             * @description Then it is told again by itself; before that when it grows worse.
             */
            until: string;
        };
        /** Shelving */
        Shelving: {
            /** Alarm */
            alarm: string;
            /** Minutes */
            minutes: number;
            /** Reason */
            reason: string;
            /** Seen */
            seen: number;
        };
        /**
         * Stage
         * @enum {string}
         */
        Stage: "before" | "proposed" | "after";
        /** StageShape */
        StageShape: {
            flow: components["schemas"]["FlowShape"];
            stage: components["schemas"]["Stage"];
            /**
             * @description As `GET /view`; each section has its lowest voltage and each switch its current, as the power
             *     flow has them. Ids of incidents and plans begin with `study-`.
             */
            view: components["schemas"]["ViewShape"];
        };
        /** Stand */
        Stand: {
            /**
             * Position
             * @enum {string}
             */
            position: "open" | "closed";
        };
        /**
         * Status
         * @description How far it is, for whoever waits for supply.
         * @enum {string}
         */
        Status: "assessing" | "crew_sent" | "restoring" | "awaiting_repair" | "restored";
        /**
         * StepAct
         * @description What one step of a sheet asks for.
         * @enum {string}
         */
        StepAct: "open" | "close" | "check_dead" | "earth" | "unearth" | "note";
        /**
         * StepBy
         * @enum {string}
         */
        StepBy: "remote" | "crew";
        /** StepShape */
        StepShape: {
            /**
             * Action
             * @enum {string}
             */
            action: "open" | "close";
            /**
             * By
             * @enum {string}
             */
            by: "remote" | "crew";
            /** Changed At */
            changed_at: string | null;
            check: components["schemas"]["CheckShape"];
            /**
             * Customers Dropped
             * @description Of those that have supply, so many lose it until a later step.
             */
            customers_dropped: number;
            /** Customers Restored */
            customers_restored: number;
            /** Done S */
            done_s: number;
            note: components["schemas"]["ReasonShape"] | null;
            /** Number */
            number: number;
            /** P Restored W */
            p_restored_w: number;
            /** Sections Dropped */
            sections_dropped: string[];
            /**
             * Sections Handed Over
             * @description Supplied all the while: it opens the ring that the step before it closed.
             */
            sections_handed_over: string[];
            /** Sections Restored */
            sections_restored: string[];
            /** Starts S */
            starts_s: number;
            /**
             * State
             * @enum {string}
             */
            state: "new" | "instructed" | "pending" | "completed" | "previously_completed" | "failed" | "aborted";
            /** Switch */
            switch: string;
        };
        /**
         * StepState
         * @enum {string}
         */
        StepState: "new" | "instructed" | "pending" | "completed" | "previously_completed" | "failed" | "aborted" | "deleted";
        /** StudyAsked */
        StudyAsked: {
            /**
             * As Indicated
             * @description Whether what the indicators leave in doubt is fenced as well, as it would be live.
             * @default true
             */
            as_indicated?: boolean;
            /**
             * At
             * @description With `begins` moment: which one.
             */
            at?: string | null;
            /** @default now */
            begins?: components["schemas"]["From"];
            /** Close */
            close?: string[];
            /**
             * Faults
             * @description Branches, nodes or sections; they fail together.
             */
            faults: string[];
            /**
             * Load Scale
             * @default 1
             */
            load_scale?: number;
            /**
             * Open
             * @description Switches that are open before, whatever they are in the state that it begins in.
             */
            open?: string[];
            /**
             * Tag
             * @description Switches that may not be operated.
             */
            tag?: string[];
        };
        /** StudyShape */
        StudyShape: {
            /**
             * Answer
             * @description As `gridops whatif --json` prints it; docs/engineering.md.
             */
            answer: {
                [key: string]: unknown;
            };
            /**
             * Assumed
             * @description Switches whose position is not known there; they were taken as in the normal state.
             */
            assumed: string[];
            begins: components["schemas"]["From"];
            /** Closed */
            closed: string[];
            /**
             * Opened
             * @description What differed from the normal state before the fault.
             */
            opened: string[];
            /**
             * Study
             * @description Nothing of it is real, and nothing of it can be released.
             * @constant
             */
            study: true;
            /** Unavailable */
            unavailable: string[];
        };
        /** SuspectShape */
        SuspectShape: {
            /** Branches */
            branches: string[];
            /** Probability */
            probability: number;
            /** Section */
            section: string;
        };
        /**
         * SwitchKind
         * @enum {string}
         */
        SwitchKind: "breaker" | "recloser" | "load_break_switch" | "disconnector" | "fuse";
        /** SwitchShape */
        SwitchShape: {
            /** Current A */
            current_a: number | null;
            flag: components["schemas"]["Reading"];
            /**
             * Position
             * @enum {string}
             */
            position: "open" | "closed" | "intermediate" | "bad";
            quality: components["schemas"]["Quality"];
            /** Reachable */
            reachable: boolean;
            /** Source Time */
            source_time: string | null;
            /** Tags */
            tags: components["schemas"]["TagShape"][];
            /**
             * Unknown
             * @description The position must not carry an argument.
             */
            unknown: boolean;
        };
        /** SystemShape */
        SystemShape: {
            alarms: components["schemas"]["AlarmCounts"];
            /**
             * Blind
             * @description Why the screen must not be taken for the field; empty: all is well.
             */
            blind: components["schemas"]["ReasonShape"][];
            /** Customers */
            customers: number;
            /** Customers Out */
            customers_out: number;
            /** Execution */
            execution: boolean;
            /** Grid */
            grid: string;
            /** Links */
            links: components["schemas"]["LinkShape"][];
            /** @description Not null: the whole system is disabled meanwhile. */
            load_shed: components["schemas"]["LoadShedShape"] | null;
            /** @description As it is set. */
            mode: components["schemas"]["Mode"];
            mode_set: components["schemas"]["ModeSet"];
            /** @description null: there is none. */
            publisher: components["schemas"]["PublisherShape"] | null;
            /**
             * Training
             * @description Nothing here is real: the field is a virtual one, for somebody to learn on.
             */
            training: boolean;
        };
        /**
         * TagKind
         * @description Locks and notes on a switch; `CAUTION` informs, every other kind blocks.
         * @enum {string}
         */
        TagKind: "no_close" | "no_operate" | "hot_line" | "earth_applied" | "caution" | "delegated" | "jumper" | "cut";
        /** TagOfSwitch */
        TagOfSwitch: {
            /** By */
            by: string;
            /** Id */
            id: string;
            kind: components["schemas"]["TagKind"];
            /** Placed At */
            placed_at: string;
            /** Reason */
            reason: string;
            /** Switch */
            switch: string;
        };
        /** TagShape */
        TagShape: {
            /** By */
            by: string;
            /** Id */
            id: string;
            kind: components["schemas"]["TagKind"];
            /** Placed At */
            placed_at: string;
            /** Reason */
            reason: string;
        };
        /** Taken */
        Taken: {
            /**
             * Taken
             * @description Lines of the batch.
             */
            taken: number;
        };
        /** TallyShape */
        TallyShape: {
            /** Interrupted */
            interrupted: number;
            /** Restored By Switching */
            restored_by_switching: number;
            /** Until Repair */
            until_repair: number;
        };
        /** TemplateShape */
        TemplateShape: {
            /** Id */
            id: string;
            /** Parameters */
            parameters: components["schemas"]["ParameterShape"][];
            /** Title */
            title: string;
            /** Title Vi */
            title_vi: string;
        };
        /** TodayShape */
        TodayShape: {
            /** Avoided Customer Minutes */
            avoided_customer_minutes: number;
            /** Caidi Min */
            caidi_min: number | null;
            /** Customer Minutes */
            customer_minutes: number;
            /** Maifi */
            maifi: number;
            /** Saidi Min */
            saidi_min: number;
            /** Saifi */
            saifi: number;
        };
        /** TokenShape */
        TokenShape: {
            /** Expires At */
            expires_at: string;
            /** Id */
            id: string;
            /**
             * Name
             * @description What it is for.
             */
            name: string;
            /** Scopes */
            scopes: components["schemas"]["Permission"][];
        };
        /** ToldShape */
        ToldShape: {
            /** Ert */
            ert: string;
            /** Toldtime */
            toldTime: string;
        };
        /** TrainedIncident */
        TrainedIncident: {
            customer_minutes: components["schemas"]["MinutesOfTraining"];
            /** Customers */
            customers: number;
            /**
             * First Act S
             * @description From the loss of supply to the first act of a person; null: nobody has acted.
             */
            first_act_s: number | null;
            /** Incident */
            incident: string;
            /** Opened At */
            opened_at: string;
            /**
             * Score Pct
             * @description Of what the best plan saves against waiting; below 0: it would have been better to wait.
             *     null: nothing was saved, and nothing could be yet.
             */
            score_pct: number | null;
        };
        /** TrainingShape */
        TrainingShape: {
            /**
             * Acts
             * @description What was done.
             */
            acts: number;
            /** Began */
            began: string;
            customer_minutes: components["schemas"]["MinutesOfTraining"];
            /** Incidents */
            incidents: components["schemas"]["TrainedIncident"][];
            /** Now */
            now: string;
            /**
             * Refused
             * @description What was asked and refused, the latest first.
             */
            refused: components["schemas"]["RefusedAct"][];
            /** Score Pct */
            score_pct: number | null;
            /** Title */
            title: string;
            /** Title Vi */
            title_vi: string;
            /**
             * Vetoes
             * @description Sheets that the guard did not pass.
             */
            vetoes: number;
        };
        /** TrialResult */
        TrialResult: {
            /** Held */
            held: boolean;
            /** Switch */
            switch: string;
        };
        /** UnservedShape */
        UnservedShape: {
            /** Because */
            because: string;
            /** Element */
            element: string;
            /** Section */
            section: string;
        };
        /** Unshelving */
        Unshelving: {
            /** Alarm */
            alarm: string;
        };
        /** UserShape */
        UserShape: {
            /**
             * Areas
             * @description Feeders; empty: everywhere.
             */
            areas: string[];
            /** May */
            may: components["schemas"]["Permission"][];
            /** Name */
            name: string;
            role: components["schemas"]["Role"];
        };
        /** VersionShape */
        VersionShape: {
            /** Began */
            began: string;
            /**
             * Began Within S
             * @description How far off it may be: as far as the clock of whoever told it differed from ours.
             */
            began_within_s: number;
            /**
             * By
             * @description Null: a device; of a later version a meter.
             */
            by: string | null;
            /** Cause */
            cause: string;
            /** Customers */
            customers: number;
            /** Ended */
            ended: string | null;
            /** Ended Within S */
            ended_within_s: number;
            /** Grounds */
            grounds: string[];
            /** Planned */
            planned: boolean;
            /** Reason */
            reason: string;
            /** Source Lost */
            source_lost: boolean;
            /**
             * Told At
             * @description Null: as it was booked.
             */
            told_at: string | null;
        };
        /** ViewShape */
        ViewShape: {
            /**
             * Alarms
             * @description The most urgent lines; `system.alarms.more` says how many there are beside.
             */
            alarms: {
                [key: string]: components["schemas"]["AlarmShape"];
            };
            /** At */
            at: string;
            /** Feeders */
            feeders: {
                [key: string]: components["schemas"]["FeederShape"];
            };
            /** Incidents */
            incidents: {
                [key: string]: components["schemas"]["IncidentShape"];
            };
            minutes: components["schemas"]["MinutesShape"];
            /** Sections */
            sections: {
                [key: string]: components["schemas"]["SectionShape"];
            };
            /**
             * Sequence
             * @description The journal's.
             */
            sequence: number;
            /**
             * Sheets
             * @description Those that have not ended, and the latest that have.
             */
            sheets: {
                [key: string]: components["schemas"]["SheetRow"];
            };
            /** Switches */
            switches: {
                [key: string]: components["schemas"]["SwitchShape"];
            };
            system: components["schemas"]["SystemShape"];
            work: components["schemas"]["WorkShape"];
        };
        /**
         * ViolationKind
         * @enum {string}
         */
        ViolationKind: "undervoltage" | "overvoltage" | "overload" | "switch-rating" | "source-capacity" | "no-solution" | "protection-reach" | "fault-level" | "cold-load" | "look-ahead" | "phase-undervoltage" | "phase-overvoltage" | "phase-overload" | "phase-switch-rating" | "phase-no-solution" | "phase-unchecked";
        /** ViolationShape */
        ViolationShape: {
            /** Element */
            element: string;
            /**
             * Invariant
             * @description The number in docs/safety.md.
             */
            invariant: string;
            /** Step */
            step: number | null;
            why: components["schemas"]["ReasonShape"];
        };
        /**
         * Why
         * @enum {string}
         */
        Why: "fault" | "lost_supply" | "planned_work" | "unknown";
        /** WorkShape */
        WorkShape: {
            /** Permits */
            permits: components["schemas"]["PermitShape"][];
            /**
             * Phasing
             * @description Sections whose phases are unchecked since a repair.
             */
            phasing: {
                [key: string]: components["schemas"]["SaidShape"];
            };
            /**
             * Reclosing
             * @description Switches that may close by themselves.
             */
            reclosing: {
                [key: string]: components["schemas"]["SaidShape"];
            };
        };
        /** WorthShape */
        WorthShape: {
            avoided: components["schemas"]["AvoidedShape"];
            by_hand: components["schemas"]["AssumedShape"];
            customer_minutes: components["schemas"]["CostShape"];
            /**
             * Incidents
             * @description The newest 500; all are in the sums.
             */
            incidents: components["schemas"]["IncidentWorth"][];
        };
        /** WrittenLine */
        WrittenLine: {
            act: components["schemas"]["StepAct"];
            by: components["schemas"]["StepBy"];
            /** Deleted */
            deleted: boolean;
            /** Switch */
            switch: string | null;
            /** Text */
            text: string;
        };
        /**
         * WrittenShape
         * @description A draft, as it is sent to be judged or kept; nothing of it is kept yet.
         */
        WrittenShape: {
            /** After */
            after: string | null;
            /** Gives Up */
            gives_up: string[];
            /** Incident */
            incident: string | null;
            /** Issuer */
            issuer: string;
            /** Operator */
            operator: string;
            /** Plan */
            plan: string | null;
            /** Planned */
            planned: boolean;
            /** Receiver */
            receiver: string;
            /** Steps */
            steps: components["schemas"]["WrittenLine"][];
            /** Supervisor */
            supervisor: string;
            /** Title */
            title: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
