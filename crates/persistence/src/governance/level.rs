//! What somebody is in an organisation, in the numbers of this document.

use charter_api_governance::models::MembershipLevel;
use charter_contract::Internal;

use crate::entity::Role;

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// An ordinary member.
    Member,
    /// An admin.
    Admin,
    /// The admin with the title.
    Owner,
}

impl Level {
    /// The level of a member in this role; whether the title is theirs.
    pub(super) const fn of(role: Role, owns: bool) -> Self {
        match role {
            Role::Member => Self::Member,
            Role::Admin if owns => Self::Owner,
            Role::Admin => Self::Admin,
        }
    }

    /// What is stored as the role.
    pub(super) const fn role(self) -> Role {
        match self {
            Self::Member => Role::Member,
            Self::Admin | Self::Owner => Role::Admin,
        }
    }
}

impl From<MembershipLevel> for Level {
    fn from(level: MembershipLevel) -> Self {
        match i64::from(level) {
            ..8 => Self::Member,
            8..15 => Self::Admin,
            15.. => Self::Owner,
        }
    }
}

impl TryFrom<Level> for MembershipLevel {
    type Error = Internal;

    fn try_from(level: Level) -> Result<Self, Internal> {
        let number: i64 = match level {
            Level::Member => 1,
            Level::Admin => 8,
            Level::Owner => 15,
        };
        Ok(number.try_into()?)
    }
}

#[cfg(test)]
mod tests {
    use charter_api_governance::models::MembershipLevel;

    use super::Level;
    use crate::entity::Role;

    #[test]
    fn a_level_is_its_number_and_its_role() {
        for (number, level, role, owns) in [
            (1, Level::Member, Role::Member, false),
            (8, Level::Admin, Role::Admin, false),
            (15, Level::Owner, Role::Admin, true),
        ] {
            let documented = MembershipLevel::try_from(number).unwrap();
            assert_eq!(Level::from(documented), level);
            assert_eq!(MembershipLevel::try_from(level).unwrap(), documented);
            assert_eq!(Level::of(role, owns), level);
            assert_eq!(level.role(), role);
        }
    }
}
