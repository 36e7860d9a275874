"""Where the console's pages hang."""

from django.urls import include, path

urlpatterns = [path("", include("monitor.console.urls"))]
