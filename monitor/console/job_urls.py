"""The pages of long work."""

from django.urls import path

from monitor.console.views import work, work_orders

app_name = "jobs"
urlpatterns = [
    path("", work.work_list, name="list"),
    path("old-mail/", work.estimate, name="estimate"),
    path("old-mail/<int:key>/cancel/", work.cancel_old_mail, name="cancel_old_mail"),
    path("policy/", work.try_policy, name="try_policy"),
    path("<slug:public_id>/", work.show, name="show"),
    path("<slug:public_id>/cancel/", work.call_off, name="cancel"),
    path("<slug:public_id>/file/", work.fetch, name="file"),
    path("<slug:public_id>/start/", work_orders.start, name="start"),
    path("<slug:public_id>/apply/", work_orders.put_into_force, name="apply"),
]
