"""An ATS that imports files: the importer, and the SFTP server it stands behind."""
