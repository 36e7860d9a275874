"""Every page of the console and its address."""

from django.urls import path

from monitor.console.views import account, audit, case, context, figures, health, people, queue, sign_in, sign_in_google

app_name = "console"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("decided/", queue.decided, name="decided"),
    path("cases/<slug:public_id>/", case.show, name="case"),
    path("cases/<slug:public_id>/look/", case.look, name="look"),
    path("cases/<slug:public_id>/claim/", case.claim, name="claim"),
    path("cases/<slug:public_id>/release/", case.release, name="release"),
    path("cases/<slug:public_id>/decide/", case.decide, name="decide"),
    path("cases/<slug:public_id>/seen/", case.seen, name="seen"),
    path("cases/<slug:public_id>/note/", case.note, name="note"),
    path("cases/<slug:public_id>/context/<slug:finding_id>/", context.context, name="context"),
    path("health/", health.health, name="health"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.code, name="sign_in_code"),
    path("sign-in/google/", sign_in_google.begin, name="sign_in_google"),
    path("sign-in/google/back/", sign_in_google.back, name="sign_in_google_back"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/language/", account.language, name="language"),
    path("account/sessions/<int:key>/end/", account.end, name="end_session"),
    path("account/sessions/end/", account.end_others, name="end_sessions"),
    path("account/second-factor/", account.second_factor, name="second_factor"),
    path("account/confirm/", account.confirm, name="confirm"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<int:key>/remove/", people.remove, name="remove_person"),
    path("audit/", audit.events, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
    path("figures/", figures.district_figures, name="district_figures"),
]
