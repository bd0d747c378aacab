//! Projects.

use charter_api_governance::models::{Project, ProjectList};
use charter_api_governance::projects::{
    CreateProjectError, CreateProjectRequest, DeleteProjectError, DeleteProjectRequest,
    GetProjectError, GetProjectRequest, ListProjectsError, ListProjectsRequest, ProjectsApi,
    UpdateProjectError, UpdateProjectRequest,
};
use charter_contract::{Caller, Internal, async_trait};

use crate::Store;

#[async_trait]
impl ProjectsApi for Store {
    async fn list_projects(
        &self,
        _caller: Caller,
        _request: ListProjectsRequest,
    ) -> Result<ProjectList, ListProjectsError> {
        Err(Internal::new("not written yet").into())
    }

    async fn create_project(
        &self,
        _caller: Caller,
        _request: CreateProjectRequest,
    ) -> Result<Project, CreateProjectError> {
        Err(Internal::new("not written yet").into())
    }

    async fn get_project(
        &self,
        _caller: Caller,
        _request: GetProjectRequest,
    ) -> Result<Project, GetProjectError> {
        Err(Internal::new("not written yet").into())
    }

    async fn update_project(
        &self,
        _caller: Caller,
        _request: UpdateProjectRequest,
    ) -> Result<Project, UpdateProjectError> {
        Err(Internal::new("not written yet").into())
    }

    async fn delete_project(
        &self,
        _caller: Caller,
        _request: DeleteProjectRequest,
    ) -> Result<(), DeleteProjectError> {
        Err(Internal::new("not written yet").into())
    }
}
