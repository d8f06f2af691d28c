//! The certificates and keys of a test's control plane: made anew for each cluster, trusted by nothing else.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the PEM files lie.
#[derive(Debug)]
pub struct Certificates {
    /// The authority that signed `serving`.
    pub authority: PathBuf,
    /// What the API server and kwok serve with.
    pub serving: PathBuf,
    /// The key of `serving`.
    pub serving_key: PathBuf,
    /// Signs the tokens of service accounts.
    pub token_key: PathBuf,
    /// Verifies the tokens of service accounts.
    pub token_public_key: PathBuf,
}

impl Certificates {
    /// Makes them in `folder`.
    pub fn write(folder: &Path) -> io::Result<Self> {
        let files = Self {
            authority: folder.join("ca.crt"),
            serving: folder.join("serving.crt"),
            serving_key: folder.join("serving.key"),
            token_key: folder.join("service-account.key"),
            token_public_key: folder.join("service-account.pub"),
        };
        files.fill().map_err(io::Error::other)?;
        Ok(files)
    }

    fn fill(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority
            .distinguished_name
            .push(DnType::CommonName, "mesh-tui tests");
        fs::write(&self.authority, authority.self_signed(&authority_key)?.pem())?;
        let issuer = Issuer::new(authority, authority_key);

        let serving_key = KeyPair::generate()?;
        let names = ["localhost", "127.0.0.1", "kubernetes.default.svc"].map(str::to_owned);
        let serving = CertificateParams::new(names)?.signed_by(&serving_key, &issuer)?;
        fs::write(&self.serving, serving.pem())?;
        fs::write(&self.serving_key, serving_key.serialize_pem())?;

        let token_key = KeyPair::generate()?;
        fs::write(&self.token_key, token_key.serialize_pem())?;
        fs::write(&self.token_public_key, token_key.public_key_pem())?;
        Ok(())
    }
}
