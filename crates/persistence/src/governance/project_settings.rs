//! The settings of a project: kept, changed and shown as the document has them.

use charter_api_governance::models::{
    CreateProject, MembershipLevel, Project, ProjectId, UpdateProject,
};
use charter_contract::{Field, Internal, Timestamp, check_json, model};
use serde_json::Value;
use uuid::Uuid;

/// All settings. A project is created with them, and those that are absent have the
/// document's default; so has a setting that came into the document after the row.
pub(super) type Settings = CreateProject;

/// Settings as a row of `projects` has them.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) is_demo: bool,
    pub(super) timezone: String,
    pub(super) access_control: bool,
    pub(super) completed_snippet_onboarding: bool,
    /// All others, as one JSON object.
    pub(super) settings: String,
}

/// What there is of a project beside its settings.
pub(super) struct Head {
    pub(super) id: ProjectId,
    pub(super) organization: Uuid,
    pub(super) effective_membership_level: Option<MembershipLevel>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl TryFrom<Kept> for Settings {
    type Error = Internal;

    fn try_from(kept: Kept) -> Result<Self, Internal> {
        let Kept {
            name,
            is_demo,
            timezone,
            access_control,
            completed_snippet_onboarding,
            settings,
        } = kept;
        Ok(Self {
            name: name.try_into()?,
            is_demo,
            timezone: timezone.parse()?,
            access_control,
            completed_snippet_onboarding,
            ..check_json(&model::<Self>(), &settings)?
        })
    }
}

impl TryFrom<&Settings> for Kept {
    type Error = Internal;

    fn try_from(settings: &Settings) -> Result<Self, Internal> {
        let mut others = serde_json::to_value(settings)?;
        if let Value::Object(others) = &mut others {
            for column in [
                "name",
                "is_demo",
                "timezone",
                "access_control",
                "completed_snippet_onboarding",
            ] {
                others.remove(column);
            }
        }
        Ok(Self {
            name: settings.name.to_string(),
            is_demo: settings.is_demo,
            timezone: settings.timezone.to_string(),
            access_control: settings.access_control,
            completed_snippet_onboarding: settings.completed_snippet_onboarding,
            settings: others.to_string(),
        })
    }
}

/// A member of a change over the setting that it names.
trait Over<T> {
    /// Replaces the setting as a whole, unless the member is absent.
    fn over(self, setting: &mut T);
}

impl<T> Over<T> for Option<T> {
    fn over(self, setting: &mut T) {
        if let Some(value) = self {
            *setting = value;
        }
    }
}

impl<T> Over<Option<T>> for Field<T> {
    fn over(self, setting: &mut Option<T>) {
        if let Some(value) = self.change() {
            *setting = value;
        }
    }
}

/// Names every setting once. One that the document has and this list has not, or that
/// has another type in a change or in the answer, does not compile.
macro_rules! settings {
    ($($setting:ident),* $(,)?) => {
        /// Changes the settings that `change` names.
        pub(super) fn change(settings: &mut Settings, change: UpdateProject) {
            let UpdateProject { $($setting),* } = change;
            $($setting.over(&mut settings.$setting);)*
        }

        /// The project as it is shown.
        pub(super) fn shown(head: Head, settings: Settings) -> Project {
            let Head {
                id,
                organization,
                effective_membership_level,
                created_at,
                updated_at,
            } = head;
            let Settings { $($setting),* } = settings;
            Project {
                id,
                organization,
                effective_membership_level,
                $($setting,)*
                created_at,
                updated_at,
            }
        }
    };
}

settings! {
    name,
    product_description,
    app_urls,
    anonymize_ips,
    completed_snippet_onboarding,
    test_account_filters,
    test_account_filters_default_checked,
    path_cleaning_filters,
    is_demo,
    timezone,
    data_attributes,
    person_display_name_properties,
    correlation_config,
    autocapture_opt_out,
    autocapture_exceptions_opt_in,
    autocapture_web_vitals_opt_in,
    autocapture_web_vitals_allowed_metrics,
    autocapture_exceptions_errors_to_ignore,
    capture_console_log_opt_in,
    capture_performance_opt_in,
    session_recording_opt_in,
    session_recording_sample_rate,
    session_recording_minimum_duration_milliseconds,
    session_recording_linked_flag,
    session_recording_network_payload_capture_config,
    session_recording_masking_config,
    session_recording_url_trigger_config,
    session_recording_url_blocklist_config,
    session_recording_event_trigger_config,
    session_recording_trigger_match_type_config,
    session_recording_trigger_groups,
    session_recording_retention_period,
    session_replay_config,
    survey_config,
    access_control,
    week_start_day,
    primary_dashboard,
    live_events_columns,
    recording_domains,
    inject_web_apps,
    extra_settings,
    modifiers,
    has_completed_onboarding_for,
    surveys_opt_in,
    heatmaps_opt_in,
    flags_persistence_default,
    receive_org_level_activity_logs,
    business_model,
    conversations_enabled,
    conversations_settings,
    logs_settings,
    proactive_tasks_enabled,
    revenue_analytics_config,
    marketing_analytics_config,
    customer_analytics_config,
    workflows_config,
    base_currency,
    capture_dead_clicks,
    cookieless_server_hash_mode,
    human_friendly_comparison_periods,
    feature_flag_confirmation_enabled,
    feature_flag_confirmation_message,
    default_evaluation_contexts_enabled,
    require_evaluation_contexts,
    default_data_theme,
    onboarding_tasks,
    web_analytics_pre_aggregated_tables_enabled,
}
