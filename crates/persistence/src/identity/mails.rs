//! The mails about accounts, in Portuguese, English and Spanish.

use std::collections::BTreeMap;

use url::Url;

use crate::mail::{Mail, MailTemplate};
use crate::mail_link::LinkSecret;
use crate::tongue::{Tongue, moment};

/// Whom a mail goes to.
pub(crate) struct To<'a> {
    pub(crate) email: &'a str,
    /// Unless a stranger may have chosen it.
    pub(crate) name: Option<&'a str>,
    pub(crate) language: &'a str,
}

/// When and from where something was asked for.
pub(crate) struct Asked {
    pub(crate) on: i64,
    pub(crate) from: Option<String>,
}

/// What a mail says.
pub(crate) enum Letter {
    /// Here is how to set a password.
    Reset { link: LinkSecret, expires: i64 },
    /// Here is how to confirm the address.
    Confirm {
        link: LinkSecret,
        expires: i64,
        asked: Asked,
    },
    /// There is an account with this address already.
    Known(Asked),
    /// The password is another one now.
    PasswordChanged(Asked),
    /// There is another way to sign in now.
    Linked { way: Way, asked: Asked },
    /// There is no password to set: the organisation has its people come another way.
    SingleSignOn { page: Url, asked: Asked },
}

/// A way to sign in, as people call it.
#[derive(Clone, Copy)]
pub(crate) enum Way {
    /// With this provider.
    Provider(&'static str),
    /// With the identity provider of the organisation.
    SingleSignOn,
}

/// `https://.../reset?token=...`
fn url(public_url: &Url, page: &str, secret: &LinkSecret) -> String {
    let mut url = public_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(page);
    }
    url.query_pairs_mut()
        .clear()
        .append_pair("token", secret.reveal());
    url.into()
}

/// When, and from where if that is known.
fn when_and_where(tongue: Tongue, asked: &Asked) -> String {
    let on = moment(asked.on);
    match &asked.from {
        Some(from) => {
            let network = tongue.pick("a partir da rede", "from the network", "desde la red");
            format!("{on}, {network} {from}")
        }
        None => on,
    }
}

/// The mail.
pub(crate) fn write(public_url: &Url, message_id: String, to: To<'_>, letter: &Letter) -> Mail {
    let To {
        email,
        name,
        language,
    } = to;
    let tongue = Tongue::of(language);
    let greeting = match name {
        Some(name) => format!("{} {name},", tongue.pick("Olá,", "Hello", "Hola,")),
        None => format!("{},", tongue.pick("Olá", "Hello", "Hola")),
    };
    let mut variables = BTreeMap::from([
        ("name".to_owned(), name.unwrap_or_default().to_owned()),
        ("language".to_owned(), tongue.code().to_owned()),
    ]);
    let mut tell = |key: &str, value: &str| {
        variables.insert(key.to_owned(), value.to_owned());
    };
    let (template, subject, body) = match letter {
        Letter::Reset { link, expires } => {
            let (url, until) = (url(public_url, "reset", link), moment(*expires));
            tell("reset_url", &url);
            tell("expires_on", &until);
            let open = tongue.pick(
                "Abra este link para definir uma senha nova:",
                "Open this link to set a new password:",
                "Abra este enlace para establecer una contraseña nueva:",
            );
            let rest = tongue.pick(
                "O link funciona uma vez, e todas as sessões terminam. Se você não o pediu, \
                 pode ignorar este e-mail: nada muda. Ele funciona até",
                "The link works once, and every session ends. If you did not ask for it, you \
                 can ignore this mail: nothing changes. It works until",
                "El enlace funciona una vez, y todas las sesiones terminan. Si no lo pidió, \
                 puede ignorar este correo: nada cambia. Funciona hasta",
            );
            (
                MailTemplate::Reset,
                tongue.pick(
                    "Definir uma senha",
                    "Set a password",
                    "Establecer una contraseña",
                ),
                format!("{open}\n\n{url}\n\n{rest} {until}."),
            )
        }
        Letter::Confirm {
            link,
            expires,
            asked,
        } => {
            let (url, until) = (url(public_url, "confirm", link), moment(*expires));
            tell("confirm_url", &url);
            tell("expires_on", &until);
            tell("asked_on", &moment(asked.on));
            tell("asked_from", asked.from.as_deref().unwrap_or_default());
            let open = tongue.pick(
                "Abra este link para confirmar o seu endereço:",
                "Open this link to confirm your address:",
                "Abra este enlace para confirmar su dirección:",
            );
            let rest = tongue.pick("Foi pedido em", "It was asked for on", "Se pidió el");
            let warning = tongue.pick(
                "Se não foi você, não o abra: quem o pediu escolheu a senha da conta. O link \
                 funciona uma vez, até",
                "If that was not you, do not open it: whoever asked has chosen the account's \
                 password. The link works once, until",
                "Si no fue usted, no lo abra: quien lo pidió eligió la contraseña de la \
                 cuenta. El enlace funciona una vez, hasta",
            );
            let asked = when_and_where(tongue, asked);
            (
                MailTemplate::Confirm,
                tongue.pick(
                    "Confirme o seu endereço",
                    "Confirm your address",
                    "Confirme su dirección",
                ),
                format!("{open}\n\n{url}\n\n{rest} {asked}. {warning} {until}."),
            )
        }
        Letter::Known(asked) => {
            tell("asked_on", &moment(asked.on));
            tell("asked_from", asked.from.as_deref().unwrap_or_default());
            let known = tongue.pick(
                "alguém quis abrir uma conta com o seu endereço, que já tem uma. Se foi você, \
                 entre com a sua senha ou peça um link para definir outra. Se não foi, pode \
                 ignorar este e-mail: nada muda. Foi em",
                "somebody wanted to open an account with your address, which has one already. \
                 If that was you, sign in with your password, or ask for a link to set another \
                 one. If not, you can ignore this mail: nothing changes. It was on",
                "alguien quiso abrir una cuenta con su dirección, que ya tiene una. Si fue \
                 usted, entre con su contraseña o pida un enlace para establecer otra. Si no, \
                 puede ignorar este correo: nada cambia. Fue el",
            );
            let asked = when_and_where(tongue, asked);
            (
                MailTemplate::Known,
                tongue.pick(
                    "Você já tem uma conta",
                    "You have an account already",
                    "Ya tiene una cuenta",
                ),
                format!("{known} {asked}."),
            )
        }
        Letter::PasswordChanged(asked) => {
            tell("changed_on", &moment(asked.on));
            tell("asked_from", asked.from.as_deref().unwrap_or_default());
            let changed = tongue.pick(
                "a senha da sua conta foi alterada em",
                "the password of your account was changed on",
                "la contraseña de su cuenta se cambió el",
            );
            let warning = tongue.pick(
                "Se não foi você, peça um link para definir outra senha, o que encerra todas \
                 as sessões.",
                "If that was not you, ask for a link to set another password, which ends every \
                 session.",
                "Si no fue usted, pida un enlace para establecer otra contraseña, lo que \
                 termina todas las sesiones.",
            );
            let asked = when_and_where(tongue, asked);
            (
                MailTemplate::PasswordChanged,
                tongue.pick(
                    "A sua senha foi alterada",
                    "Your password was changed",
                    "Su contraseña ha cambiado",
                ),
                format!("{changed} {asked}.\n\n{warning}"),
            )
        }
        Letter::Linked { way, asked } => {
            let provider = match way {
                Way::Provider(name) => name,
                Way::SingleSignOn => tongue.pick(
                    "o login único da sua organização",
                    "the single sign-on of your organisation",
                    "el inicio de sesión único de su organización",
                ),
            };
            tell("provider", provider);
            tell("linked_on", &moment(asked.on));
            tell("asked_from", asked.from.as_deref().unwrap_or_default());
            let linked = tongue.pick(
                "a partir de agora a sua conta também se abre com",
                "from now on your account also opens with",
                "desde ahora su cuenta también se abre con",
            );
            let since = tongue.pick(
                "Alguém entrou assim em",
                "Somebody signed in so on",
                "Alguien entró así el",
            );
            let warning = match way {
                Way::Provider(_) => tongue.pick(
                    "Quem entrou tem lá o seu endereço. Se não foi você, recupere essa conta e \
                     peça um link para definir a sua senha aqui, o que encerra todas as sessões.",
                    "Whoever did has your address there. If that was not you, recover that \
                     account, and ask for a link to set your password here, which ends every \
                     session.",
                    "Quien entró tiene allí su dirección. Si no fue usted, recupere esa cuenta \
                     y pida un enlace para establecer su contraseña aquí, lo que termina todas \
                     las sesiones.",
                ),
                Way::SingleSignOn => tongue.pick(
                    "Se não foi você, avise quem administra o login único da sua organização.",
                    "If that was not you, tell whoever runs the single sign-on of your \
                     organisation.",
                    "Si no fue usted, avise a quien administra el inicio de sesión único de su \
                     organización.",
                ),
            };
            let asked = when_and_where(tongue, asked);
            (
                MailTemplate::Linked,
                tongue.pick(
                    "Uma nova forma de entrar",
                    "A new way to sign in",
                    "Una nueva forma de entrar",
                ),
                format!("{linked} {provider}. {since} {asked}.\n\n{warning}"),
            )
        }
        Letter::SingleSignOn { page, asked } => {
            tell("sign_in_url", page.as_str());
            tell("asked_on", &moment(asked.on));
            tell("asked_from", asked.from.as_deref().unwrap_or_default());
            let none = tongue.pick(
                "alguém pediu um link para definir a sua senha. A sua organização faz as suas \
                 pessoas entrarem com o login único dela, portanto não há senha a definir. \
                 Entre aqui:",
                "somebody asked for a link to set your password. Your organisation has its \
                 people sign in with its single sign-on, so there is no password to set. Sign \
                 in here:",
                "alguien pidió un enlace para establecer su contraseña. Su organización hace \
                 que su gente entre con su inicio de sesión único, así que no hay contraseña \
                 que establecer. Entre aquí:",
            );
            let rest = tongue.pick("Foi pedido em", "It was asked for on", "Se pidió el");
            let warning = tongue.pick(
                "Se não foi você, pode ignorar este e-mail.",
                "If that was not you, you can ignore this mail.",
                "Si no fue usted, puede ignorar este correo.",
            );
            let asked = when_and_where(tongue, asked);
            (
                MailTemplate::SingleSignOn,
                tongue.pick(
                    "Entre com o login único",
                    "Sign in with single sign-on",
                    "Entre con el inicio de sesión único",
                ),
                format!("{none}\n\n{page}\n\n{rest} {asked}. {warning}"),
            )
        }
    };
    Mail {
        message_id,
        to: email.to_owned(),
        subject: subject.to_owned(),
        text: format!("{greeting}\n\n{body}\n"),
        template,
        variables,
    }
}
