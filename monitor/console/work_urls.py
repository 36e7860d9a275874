"""What a person does around cases beside reading and deciding one: acts upon a case, several cases at once, wishes,
and proposals of sensitivity."""

from django.urls import path

from monitor.console.views import case_export, case_more, proposals, several, wishes

app_name = "work"
urlpatterns = [
    path("cases/<slug:public_id>/reopen/", case_more.reopen, name="reopen"),
    path("cases/<slug:public_id>/try/<slug:finding_id>/", case_more.score_again, name="try"),
    path("cases/<slug:public_id>/level/", case_more.level, name="level"),
    path("cases/<slug:public_id>/export/", case_export.export, name="export"),
    path("several/", several.several, name="several"),
    path("views/save/", wishes.save_view, name="save_view"),
    path("views/<int:key>/delete/", wishes.delete_view, name="delete_view"),
    path("account/reading/", wishes.reading, name="reading"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/<slug:public_id>/close/", proposals.close, name="close_proposal"),
]
