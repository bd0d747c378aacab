//! The `charter` server: configuration, listener, middleware, documentation
//! page, workers and admin commands around the operations that
//! `charter-persistence` implements.

pub mod application;
pub mod cli;
pub mod command;
pub mod configuration;
pub mod content;
pub mod database;
pub mod demo;
pub mod docs;
pub mod documents;
pub mod invite_link;
pub mod limits;
pub mod link_pages;
pub mod listener;
pub mod logging;
pub mod mail;
pub mod metrics;
pub mod middleware;
pub mod objects;
pub mod openapi;
pub mod pandadoc;
pub mod problems;
pub mod resource;
pub mod server_key;
pub mod service;
pub mod shutdown;
pub mod sign_pages;
pub mod signing;
pub mod single_sign_on;
pub mod social;
pub mod storage;
pub mod system;
pub mod worker;
