"""For each planted defect a history that shows it, and shows nothing without it."""

from monitor.simulator.script import (
    Break,
    Comment,
    Crash,
    Deliver,
    Draft,
    Edge,
    Edit,
    ExpireHistory,
    Move,
    Operation,
    Pass,
    Relabel,
    Trouble,
    Work,
    Write,
)

MAIL, FILE, EDIT = Deliver(None, 0, ""), Write(0, ""), Edit(0, 0, "")
SCRIPTS: dict[str, list[Operation]] = {
    "cursor_moves_before_rows_are_written": [MAIL, Crash(1, 'INTO "intake_item"')],
    "second_page_of_history_is_skipped": [*[MAIL] * 7, Work()],
    "text_of_a_break_is_not_withheld": [FILE, Work(), Break(600.0), EDIT, Edge(0.0), Pass(60.0), EDIT],
    "known_paragraphs_are_scored_again": [FILE, EDIT, EDIT, EDIT, Work(), EDIT],
    "moved_file_counts_as_new": [FILE, Work(), Move(0, into=True)],
    "error_500_is_taken_for_gone": [MAIL, Trouble("500", 1.0, "messages", 1), Work()],
    "gone_items_are_parked": [Draft(0, ""), Work(), Draft(0, ""), Pass(200.0)],
    "exempt_address_is_read": [Deliver(-1, 0, "")],
    "exempt_label_is_read": [MAIL, Relabel(0, "Press")],
    "rule_of_the_bin_is_inverted": [Deliver(None, 0, "", place="trash")],
    "shared_drive_is_read_by_two": [Write(number, "", in_drive=True) for number in range(3)],
    "last_instant_of_a_break_is_one_too_late": [Break(600.0), Edge(0.0), MAIL, Work()],
    "first_instant_of_a_break_is_one_too_late": [Break(600.0, delay=60.0), Edge(0.0), MAIL],
    "changes_during_a_fault_are_lost": [FILE, Trouble("503", 1.0, "changes", 8), Work()],
    "expired_history_is_a_new_beginning": [MAIL, ExpireHistory(0), Work()],
    "dead_leases_are_honoured": [MAIL, MAIL, Crash(2, 'INTO "intake_contentcall"')],
    "comments_are_dated_by_their_answers": [
        *(FILE, Work(), Break(600.0), Comment(0, 0, "")),
        *(Edge(0.0), Pass(60.0), Comment(0, None, "", answers=0)),
    ],
    "paragraphs_are_remembered_before_they_are_scored": [FILE, Crash(1, '"finished_at" = ')],
    "attachments_are_left_out": [Deliver(None, 0, "", attached="attached")],
    "calls_are_made_in_a_break": [Draft(0, ""), Work(), Break(600.0), Pass(300.0), Work()],
}
