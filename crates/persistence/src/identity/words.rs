//! What answers say to people, in the languages of the document.

use charter_api_identity::models::Language;

/// Something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// `resendConfirmation`: the wish is noted.
    ConfirmationOnItsWay,
    /// `confirmAccount`.
    AddressConfirmed,
    /// `forgotPassword`: the wish is noted.
    ResetOnItsWay,
    /// `resetPassword`.
    PasswordSet,
    /// `changePassword`.
    PasswordChanged,
}

impl Word {
    /// In `language`.
    pub(super) fn said(self, language: Language) -> String {
        let text = match (self, language) {
            (Self::ConfirmationOnItsWay, Language::En) => {
                "If the address waits for confirmation, a mail is on its way."
            }
            (Self::ConfirmationOnItsWay, Language::Pt) => {
                "Se o endereço aguarda confirmação, um e-mail está a caminho."
            }
            (Self::ConfirmationOnItsWay, Language::Es) => {
                "Si la dirección espera confirmación, un correo está en camino."
            }
            (Self::AddressConfirmed, Language::En) => "The address is confirmed.",
            (Self::AddressConfirmed, Language::Pt) => "O endereço está confirmado.",
            (Self::AddressConfirmed, Language::Es) => "La dirección está confirmada.",
            (Self::ResetOnItsWay, Language::En) => {
                "If the address has an account, a mail is on its way."
            }
            (Self::ResetOnItsWay, Language::Pt) => {
                "Se o endereço tem uma conta, um e-mail está a caminho."
            }
            (Self::ResetOnItsWay, Language::Es) => {
                "Si la dirección tiene una cuenta, un correo está en camino."
            }
            (Self::PasswordSet, Language::En) => "The password is set.",
            (Self::PasswordSet, Language::Pt) => "A senha está definida.",
            (Self::PasswordSet, Language::Es) => "La contraseña está definida.",
            (Self::PasswordChanged, Language::En) => "The password is changed.",
            (Self::PasswordChanged, Language::Pt) => "A senha foi alterada.",
            (Self::PasswordChanged, Language::Es) => "La contraseña ha cambiado.",
        };
        text.to_owned()
    }
}
