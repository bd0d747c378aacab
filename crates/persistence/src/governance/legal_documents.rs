//! Legal documents.

use charter_api_governance::legal_documents::{
    CreateLegalDocumentError, CreateLegalDocumentRequest, DeleteLegalDocumentError,
    DeleteLegalDocumentRequest, DownloadLegalDocumentError, DownloadLegalDocumentRequest,
    DownloadLegalDocumentResponse, GetLegalDocumentError, GetLegalDocumentRequest,
    LegalDocumentsApi, ListLegalDocumentsError, ListLegalDocumentsRequest,
};
use charter_api_governance::models::{LegalDocument, LegalDocumentList};
use charter_contract::{Caller, Internal, async_trait};

use crate::Store;

#[async_trait]
impl LegalDocumentsApi for Store {
    async fn list_legal_documents(
        &self,
        _caller: Caller,
        _request: ListLegalDocumentsRequest,
    ) -> Result<LegalDocumentList, ListLegalDocumentsError> {
        Err(Internal::new("not written yet").into())
    }

    async fn create_legal_document(
        &self,
        _caller: Caller,
        _request: CreateLegalDocumentRequest,
    ) -> Result<LegalDocument, CreateLegalDocumentError> {
        Err(Internal::new("not written yet").into())
    }

    async fn get_legal_document(
        &self,
        _caller: Caller,
        _request: GetLegalDocumentRequest,
    ) -> Result<LegalDocument, GetLegalDocumentError> {
        Err(Internal::new("not written yet").into())
    }

    async fn delete_legal_document(
        &self,
        _caller: Caller,
        _request: DeleteLegalDocumentRequest,
    ) -> Result<(), DeleteLegalDocumentError> {
        Err(Internal::new("not written yet").into())
    }

    async fn download_legal_document(
        &self,
        _caller: Caller,
        _request: DownloadLegalDocumentRequest,
    ) -> Result<DownloadLegalDocumentResponse, DownloadLegalDocumentError> {
        Err(Internal::new("not written yet").into())
    }
}
