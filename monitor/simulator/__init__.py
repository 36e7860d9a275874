"""A Google Workspace over HTTP on loopback that behaves like the real one and cannot be talked to wrongly.

State is in memory and deterministic by seed. Every request is held against the discovery documents that
google-api-python-client ships; what Google knows and the simulator does not play is refused with 501, what nobody
knows with 400 or 404.

**Paths** (one host, one port): Gmail `/gmail/v1/…`, Drive `/drive/v3/…`, Directory `/admin/directory/v1/…`, Reports
`/admin/reports/v1/…`, Chat `/v1/spaces/…`, Pub/Sub and IAM Credentials `/v1/projects/…`, batches `/batch/gmail/v1`,
`/batch/drive/v3`, `/batch/admin/directory_v1`, tokens `POST /token`, STS `POST /v1/token`, export links as Google's,
control `POST /control/VERB`. With googleapiclient: `api_endpoint` is `ENDPOINT + "/"`, for Drive `ENDPOINT +
"/drive/v3/"`, and a batch is `BatchHttpRequest(batch_uri=ENDPOINT + "/batch/gmail/v1")`.

**Command**: `worker.py simulate` = `serve.add_arguments(parser)` and `serve.run(arguments) -> int`.

**In a test or demo** (the server is a child process that dies with its parent)::

    from monitor.simulator.handle import start_in_process
    with start_in_process(students=25, seed=1, mail=None, faults="", out=None) as simulation:
        simulation.endpoint, .control_url, .key_file (Path), .district_file (Path), .accounts
        simulation.control.students()                      # addresses
        simulation.control.mail(SENDER, TO, SUBJECT, TEXT, html=…, attachments=[{"filename", "mime_type", "text"}])
        simulation.control.write_file(OWNER, NAME, TEXT, mime_type=…, shared_with=[…], modified="2026-09-01T08:00:00Z")
        simulation.control.edit_file(ID, text=…, editor=…) # new revision, in all readers' change logs
        simulation.control.do(VERB, **fields)              # any verb below; ControlRefusedError says what is wrong
        simulation.control.calls(since=0, reset=False)     # the ledger
        simulation.control.record(since=0, "mail", "file") # what existed when, with texts
        simulation.control.move_clock(3600)                # an hour later

**The demo's school day**: `story.play(simulation.control, seconds=45, stopped=…, told=…) -> list[Played]` delivers
76 items (14 signs) over that time; `seconds=0` at once; it blocks, so run it in a thread of its own.

**Random histories**: `script` has the operations, `player.Player(simulation.control).perform(operation)` plays them.

**In tests** `schema.problems(api, schema_name, value) -> list[str]` holds an answer against Google's own schema.

**Control verbs** (JSON object in, JSON object out; an unknown or mistyped field is refused; instants are ISO 8601 with
offset; addresses outside the domain are outsiders):

=================  ============================================================================================
`deliver`          `raw` (base64) or `from`, `to`, `cc`, `subject`, `text`, `html`, `message_id`, `in_reply_to`,
                   `references`, `attachments` [{`filename`, `mime_type`, `text` | `content_base64`}]; optional
                   `sender`, `recipients` (default: from the headers; groups and aliases count), `date` (default now),
                   `labels` (of the recipients' copies), `confidential`
                   -> {`copies`: [{`mailbox`, `id`, `thread_id`, `history_id`}], `message_id`}
`draft`            `mailbox`, and the fields of a composed mail without `from`; `id` saves over a draft -> {`draft`,
                   `id`, …}; or `id` with `send` -> {`copies`}, or with `discard`
`delete_message`   `mailbox`, `id` -> {`history_id`}
`label_message`    `mailbox`, `id`, `add` [..], `remove` [..] (names or ids) -> {`mailbox`, `id`, …, `labels`}
`write_file`       new: `owner`, `name`, `mime_type` (default Google Doc), `text` | `content_base64`, `drive` (shared
                   drive), `parent`, `target` (of a shortcut); change: `id` and content, `name`; both: `editor`,
                   `shared_with` [..], `trashed`, `modified`, `render` (make `text` an Office file or PDF); further
                   sheets follow after a form feed, each with its name on the first line
                   -> {`id`, `version`, `revision`, `modified`}
`move_file`        `id`, `actor`, and `drive` (into a shared drive) or `owner` (out of it, or to another), `parent`
`remove_file`      `id`, `actor`, `trash` (default false = deleted for good) -> {`id`}
`merge_revisions`  `id`, `keep` (default 1) -> {`revisions`}
`comment`          `id` (file), `author`, `text`, `reply_to` (comment), `quoted` -> {`id`}
`change_comment`   `id` (file), `comment`, `reply`, and `text`, `delete` or `resolve` (by `actor`) -> {`id`}
`shared_drive`     new: `name`, `members` {address: role}; change: `id` and any of them, or `delete` -> {`id`, …}
`space`            `kind` (SPACE, GROUP_CHAT, DIRECT_MESSAGE), `members`, `name`, `history`; `id` changes members
`say`              `space`, `sender`, `text`, `thread`, `attachments` (also {`drive_file`}) -> {`id`, `name`, `thread`}
`change_message`   `space`, `id`, and `text` or `delete`
`move_clock`       `seconds` (adds) or `to` (sets), `rate` (how fast it runs, 0 = stands) -> {`now`}; `now` -> {`now`}
`traffic`          `start`, `scale`, `danger`, `per_student` {kind: times a day}; `stop` -> {`running`, `next`, `done`}
`record`           `since`, `kinds` [..], `text` (default true), `most` -> {`facts`, `last`, `more`}
`faults`           `rules` [..] as `faults.py` describes them, `clear` -> {`rules`, `struck`}
`revoke`           `subject`, `org_unit`, `domain` (true) and/or `scope`; `restore` (default false)
`rotate_key`       `revoke_old`: a new key in the key file -> {`key_id`}
`clock_skew`       `seconds` by which the token endpoint's clock is ahead (0: it is lenient again)
`reports_delay`    `seconds`, `jitter`, `loss` (0 to 1)
`topic`            `name`, `allowed` (may Gmail publish), `delete` -> {`topics`}
`expire_history`   `mailbox` (default: all in use) -> {`mailboxes`}
`suspend`          `email`, `suspended` (default true); `add_user` `email`, `given_name`, `family_name`, `org_unit`;
                   `move_user` `email`, `org_unit`; `remove_user` `email`; `set_user` `email`, `aliases`,
                   `new_email`, `archived`, `grade`, `student_id` -> the Directory's user
`group`            `email`, `name`, `members` [..], `delete`
`people`           `students_only` (default true) -> {`people`: [{`email`, `name`, `org_unit`, `suspended`}]}
`ledger`           `since`, `reset` -> {`entries`: [{`seq`, `at`, `api`, `method`, `verb`, `path`, `parameters`,
                   `subject`, `user_id`, `item`, `status`, `reason`, `fault`, `batch`, `units`}], `last`, `dropped`};
                   sign-ins have `api` "oauth" and `method` "token" or "sts"
`quota`            `mode` (off, 2026, 2025), `limits` {api: {`per_day`, `per_minute`, `per_user`,
                   `filter_per_minute`}} -> {`mode`, `limits`}
`usage`            `subject`, `reset` -> {`methods`: {id: {`calls`, `units`, `refused`}}, `days`, `units`}
`reset`            `seed`, `quota`: the district as new within milliseconds, keys and tokens stay good -> as `state`
`state`            counts, e.g. accounts, people, messages, mailboxes, pending_mail, files, calls, faults, now
=================  ============================================================================================

**Facts worth knowing.** A Doc's `text/plain` export begins with a byte order mark and has CR LF line ends, as
Google's. `changes.list` and `files.get` without `fields` give only kind, id, name and MIME type. `comments.list` needs
`fields`. `maxResults` above 500 is refused in Gmail (Google clamps it). Mail of `--mail` arrives right after a
mailbox's first getProfile, history.list or messages.list was answered.
"""
