"""A Google Workspace over HTTP on loopback that behaves like the real one and cannot be talked to wrongly.

State is in memory and deterministic by seed. Every request is held against the discovery documents that
google-api-python-client ships; what Google knows and the simulator does not play is refused with 501, what nobody
knows with 400 or 404.

**Paths** (one host, one port): Gmail `/gmail/v1/…`, Drive `/drive/v3/…`, Directory `/admin/directory/v1/…`, batches
`/batch/gmail/v1`, `/batch/drive/v3`, `/batch/admin/directory_v1`, tokens `POST /token`, control `POST /control/VERB`.
With googleapiclient: `api_endpoint` is `ENDPOINT + "/"` for Gmail and Directory, `ENDPOINT + "/drive/v3/"` for Drive,
and a batch is `BatchHttpRequest(batch_uri=ENDPOINT + "/batch/gmail/v1")`.

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

**The demo's school day**: `story.play(simulation.control, seconds=45, stopped=…, told=…) -> list[Played]` delivers
69 items (12 signs) over that time; `seconds=0` at once; it blocks, so run it in a thread of its own.

**In tests** `schema.problems(api, schema_name, value) -> list[str]` holds an answer against Google's own schema.

**Control verbs** (JSON object in, JSON object out; an unknown or mistyped field is refused; instants are ISO 8601 with
offset; addresses outside the domain are outsiders):

=================  ============================================================================================
`deliver`          `raw` (base64) or `from`, `to`, `cc`, `subject`, `text`, `html`, `message_id`, `in_reply_to`,
                   `references`, `attachments` [{`filename`, `mime_type`, `text` | `content_base64`}]; optional
                   `sender`, `recipients` (default: from the headers), `date` (default now), `labels` (of the
                   recipients' copies) -> {`copies`: [{`mailbox`, `id`, `thread_id`, `history_id`}], `message_id`}
`delete_message`   `mailbox`, `id` -> {`history_id`}
`label_message`    `mailbox`, `id`, `add` [..], `remove` [..] -> {`mailbox`, `id`, …, `labels`}
`write_file`       new: `owner`, `name`, `mime_type` (default Google Doc), `text` | `content_base64`; change: `id` and
                   any of them; both: `editor`, `shared_with` [..], `trashed`, `modified`
                   -> {`id`, `version`, `revision`, `modified`}
`remove_file`      `id`, `trash` (default false = deleted for good) -> {`id`}
`comment`          `id` (file), `author`, `text`, `reply_to` (comment) -> {`id`}
`move_clock`       `seconds` (adds) or `to` (sets) -> {`now`}; `now` -> {`now`}
`faults`           `rules` [{`kind`, `match`, `subject`, `count`, `probability`, `seconds`, `status`, `reason`,
                   `message`}], `clear` -> {`rules`}; kinds: see `faults.KINDS`
`revoke`           `subject` and/or `scope`, `restore` (default false) -> {`revoked`, `scopes`}
`expire_history`   `mailbox` (default: all in use) -> {`mailboxes`}
`suspend`          `email`, `suspended` (default true); `add_user` `email`, `given_name`, `family_name`, `org_unit`;
                   `move_user` `email`, `org_unit`; `remove_user` `email` -> the Directory's user
`people`           `students_only` (default true) -> {`people`: [{`email`, `name`, `org_unit`, `suspended`}]}
`ledger`           `since`, `reset` -> {`entries`: [{`seq`, `at`, `api`, `method`, `verb`, `path`, `parameters`,
                   `subject`, `user_id`, `item`, `status`, `reason`, `fault`, `batch`}], `last`, `dropped`}; sign-ins
                   have `api` "oauth" and `method` "token"
`state`            counts, e.g. accounts, people, messages, mailboxes, pending_mail, files, calls, faults, now
=================  ============================================================================================

**Facts worth knowing.** A Doc's `text/plain` export begins with a byte order mark and has CR LF line ends, as
Google's. `changes.list` and `files.get` without `fields` give only kind, id, name and MIME type. `comments.list` needs
`fields`. `maxResults` above 500 is refused in Gmail (Google clamps it). Mail of `--mail` arrives right after a
mailbox's first getProfile, history.list or messages.list was answered.
"""
