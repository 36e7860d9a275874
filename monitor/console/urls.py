"""Every page of the console and its address."""

from django.urls import URLPattern

app_name = "console"
urlpatterns: list[URLPattern] = []
