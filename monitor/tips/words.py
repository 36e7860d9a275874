"""What reporters read, in English and Spanish, and the actions that a closing names."""

from django.utils.translation import gettext_lazy as _

from monitor.triage.models import Outcome

LANGUAGES = {"en": "English", "es": "Español"}

ACTIONS = {
    "talked_student": _("Talked with the student"),
    "called_family": _("Called the family"),
    "counselor": _("A counselor or nurse takes it from here"),
    "care_team": _("Referred to the care team"),
    "screening": _("Referred for suicide screening"),
    "threat_assessment": _("Referred for threat assessment"),
    "police": _("Told the police or 911"),
    "agency": _("Told child protection or another agency"),
    "adults_told": _("Told the adults around the student to watch out"),
    "site_checked": _("Checked the place"),
    "nothing": _("Nothing had to be done"),
}

_EN = {
    "title": "Tell your school",
    "head": "Tell {site}",
    "lead": "If you worry about somebody, or about yourself, write it here. You need no account and no name.",
    "danger_head": "In danger right now?",
    "danger": "Nobody may be reading this at the moment. Call 911. To talk to somebody, call or text 988 at any hour.",
    "asleep": "{site} is on a break until {until}. It may be days before anybody reads this.",
    "what": "What is happening?",
    "what_hint": "What did you see or hear, where, and when?",
    "who": "Who is it about?",
    "who_hint": "A name, a class, or \u201cme\u201d. Leave it empty if you do not know.",
    "staff": "It is about an adult who works at the school",
    "staff_hint": "Then nobody at the school reads it. It goes to the safety lead of the district.",
    "hurry": "How soon does somebody need to know?",
    "hurry_now": "Now: somebody may get hurt today",
    "hurry_soon": "Today",
    "hurry_later": "It can wait a few days",
    "identity": "Do you want to say who you are?",
    "anonymous": "No, stay anonymous",
    "confidential": "Yes, but only for those who handle it",
    "name": "Your name, and how to reach you",
    "name_hint": "Those who handle your report see it. It is not shown to the person it is about.",
    "send": "Send",
    "sent_head": "It has arrived",
    "sent": "Somebody at {site} will read it when they are at work. They may have a question for you.",
    "sent_staff": "The safety lead of the district will read it when they are at work; nobody at {site} does. They may "
    "have a question for you.",
    "code_head": "Your code",
    "code_hint": "Write it down. With it you can read the answer and add something. It cannot be shown again.",
    "talk": "Read the answer, or add something",
    "talk_head": "Your report",
    "code": "Your code",
    "open": "Open",
    "add": "Add something",
    "added": "Added.",
    "you": "You",
    "school": "The school",
    "closed": "The school has closed this report. If you write again, somebody looks at it again.",
    "no_answer": "No answer yet.",
    "schools_head": "Which school?",
    "other": "Español",
    "trap": "Leave this empty",
    "missing": "Write what is happening.",
    "missing_name": "Write your name, or choose to stay anonymous.",
    "choose": "Choose one of these.",
    "stale": "This page was open too long. Your words are still here: press Send again.",
    "too_many": "Too many reports came from your network in the last hour. This one was NOT kept. Try again later, "
    "tell an adult you trust, or call 911 or 988.",
    "full": "This conversation is full. What you wrote now was NOT kept. Send a new report.",
    "wrong_code": "No report has this code. Check each letter.",
    "too_many_codes": "Too many tries. Wait an hour, or send a new report.",
}
_ES = {
    "title": "Avise a su escuela",
    "head": "Avise a {site}",
    "lead": "Si le preocupa alguien, o usted mismo, escríbalo aquí. No necesita cuenta ni nombre.",
    "danger_head": "¿Hay peligro ahora mismo?",
    "danger": "Es posible que nadie lea esto en este momento. Llame al 911. Para hablar con alguien, llame o envíe un "
    "mensaje de texto al 988 a cualquier hora (para español, marque 2).",
    "asleep": "{site} está de vacaciones hasta el {until}. Pueden pasar días antes de que alguien lea esto.",
    "what": "¿Qué está pasando?",
    "what_hint": "¿Qué vio u oyó, dónde y cuándo?",
    "who": "¿De quién se trata?",
    "who_hint": "Un nombre, una clase o «yo». Déjelo vacío si no lo sabe.",
    "staff": "Se trata de un adulto que trabaja en la escuela",
    "staff_hint": "Entonces nadie de la escuela lo lee. Va a la persona responsable de seguridad del distrito.",
    "hurry": "¿Cuándo tiene que saberlo alguien?",
    "hurry_now": "Ahora: alguien puede salir herido hoy",
    "hurry_soon": "Hoy",
    "hurry_later": "Puede esperar unos días",
    "identity": "¿Quiere decir quién es?",
    "anonymous": "No, prefiero el anonimato",
    "confidential": "Sí, pero solo para quienes lo atienden",
    "name": "Su nombre y cómo comunicarnos con usted",
    "name_hint": "Lo ven quienes atienden su aviso. No se muestra a la persona de quien se trata.",
    "send": "Enviar",
    "sent_head": "Ha llegado",
    "sent": "Alguien de {site} lo leerá cuando esté en el trabajo. Puede que le haga una pregunta.",
    "sent_staff": "La persona responsable de seguridad del distrito lo leerá cuando esté en el trabajo; nadie de "
    "{site} lo lee. Puede que le haga una pregunta.",
    "code_head": "Su código",
    "code_hint": "Anótelo. Con él puede leer la respuesta y añadir algo. No se puede mostrar otra vez.",
    "talk": "Leer la respuesta o añadir algo",
    "talk_head": "Su aviso",
    "code": "Su código",
    "open": "Abrir",
    "add": "Añadir algo",
    "added": "Añadido.",
    "you": "Usted",
    "school": "La escuela",
    "closed": "La escuela ha cerrado este aviso. Si vuelve a escribir, alguien lo mirará otra vez.",
    "no_answer": "Todavía no hay respuesta.",
    "schools_head": "¿Qué escuela?",
    "other": "English",
    "trap": "Deje esto vacío",
    "missing": "Escriba qué está pasando.",
    "missing_name": "Escriba su nombre o elija el anonimato.",
    "choose": "Elija una opción.",
    "stale": "Esta página estuvo abierta demasiado tiempo. Sus palabras siguen aquí: pulse Enviar otra vez.",
    "too_many": "Llegaron demasiados avisos desde su red en la última hora. Este NO se guardó. Inténtelo más tarde, "
    "dígaselo a un adulto de confianza o llame al 911 o al 988.",
    "full": "Esta conversación está llena. Lo que acaba de escribir NO se guardó. Envíe un aviso nuevo.",
    "wrong_code": "Ningún aviso tiene este código. Revise cada letra.",
    "too_many_codes": "Demasiados intentos. Espere una hora o envíe un aviso nuevo.",
}
WORDS = {"en": _EN, "es": _ES}

SMS_WELCOME = (
    "{site}: we have your message. Nobody may be reading it right now. In danger? Call 911. To talk, call or text 988. "
    "We may write back here. / Recibido. Si hay peligro, llame al 911; para hablar, 988."
)
SMS_TOO_MANY = (
    "This message was NOT kept: too many came in an hour. In danger? Call 911. To talk, call or text 988. / "
    "NO se guardó. Peligro: 911; para hablar: 988."
)
SMS_NO_LINE = (
    "Nobody reads messages to this number; yours was NOT kept. In danger? Call 911. To talk, call or text 988. / "
    "Nadie lee este número. Peligro: 911; para hablar: 988."
)
_THANKS = {
    "en": "Thank you for telling us. The school has looked into it and acted where it could. We cannot say more, to "
    "protect the people it is about. If anything new happens, write again. In danger: 911. To talk: 988.",
    "es": "Gracias por avisarnos. La escuela lo ha revisado y ha hecho lo que podía. No podemos decir más, para "
    "proteger a las personas de quienes se trata. Si pasa algo nuevo, escriba otra vez. En peligro: 911; hablar: 988.",
}

OUTCOME_WORDS = {
    Outcome.SUPPORT: (
        _("Support given or arranged"),
        _("Somebody at school has talked with the student, or will today."),
    ),
    Outcome.HANDED_OVER: (
        _("Handed over to care"),
        _("A counselor, nurse, family or outside help takes it from here."),
    ),
    Outcome.NO_CONCERN: (_("Looked into: no concern"), _("The report is honest, but there is no danger in it.")),
    Outcome.FALSE_ALARM: (_("Not a report"), _("A joke, a test, an advertisement, or nothing that can be understood.")),
}


def language_of(wanted: str) -> str:
    """The language `wanted` if there are words in it, else English."""
    return wanted if wanted in WORDS else "en"


def thanks(language: str) -> str:
    """What a reporter is told when a tip is closed: nothing about anybody."""
    return _THANKS[language_of(language)]
