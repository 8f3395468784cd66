BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE audit_archive (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id INTEGER NOT NULL, 
	first_seq INTEGER NOT NULL, 
	last_seq INTEGER NOT NULL, 
	last_at VARCHAR(27) NOT NULL, 
	last_hash VARCHAR NOT NULL, 
	manifest_sha256 VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE audit_event (
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	staff VARCHAR, 
	action VARCHAR NOT NULL, 
	patient VARCHAR, 
	outcome VARCHAR NOT NULL, 
	session VARCHAR NOT NULL, 
	check_id VARCHAR, 
	level VARCHAR, 
	reason VARCHAR NOT NULL, 
	details TEXT NOT NULL, 
	prev_hash VARCHAR NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "audit_event" VALUES(1,'2026-01-05T10:00:00.000000Z','rosa','init',NULL,'done','',NULL,NULL,'','{"secrets": "file"}','0000000000000000000000000000000000000000000000000000000000000000','b7b920848ac529273b8bd41bd3ff39410a884cc230b7397b5f003529fa0a67ca');
INSERT INTO "audit_event" VALUES(2,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-1','done','',NULL,NULL,'','{}','b7b920848ac529273b8bd41bd3ff39410a884cc230b7397b5f003529fa0a67ca','bd95a7bb055957924378f10fbe627d3ca8467bc05ff058fb415d284ed6077f37');
INSERT INTO "audit_event" VALUES(3,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-2','done','',NULL,NULL,'','{}','bd95a7bb055957924378f10fbe627d3ca8467bc05ff058fb415d284ed6077f37','dc3a9537865b7d8a1b15de5756a679b6f4156eb7999db3d60e27325c7700df8d');
INSERT INTO "audit_event" VALUES(4,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-3','done','',NULL,NULL,'','{}','dc3a9537865b7d8a1b15de5756a679b6f4156eb7999db3d60e27325c7700df8d','33bb0abfa3c46e42e36f989e0b96cc53cdfe64d5adaef99fbf83b792c6630639');
INSERT INTO "audit_event" VALUES(5,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-4','done','',NULL,NULL,'','{}','33bb0abfa3c46e42e36f989e0b96cc53cdfe64d5adaef99fbf83b792c6630639','18090b8a13b94f2ca16ac5cc907f1693edbd080ee72b14b9830e78e9f343718b');
INSERT INTO "audit_event" VALUES(6,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-5','done','',NULL,NULL,'','{}','18090b8a13b94f2ca16ac5cc907f1693edbd080ee72b14b9830e78e9f343718b','08bd5346a666e140d7b82a7a5408596282c72f5f7e1a770b3e9bbdaa1cf96b3c');
INSERT INTO "audit_event" VALUES(7,'2026-01-05T10:01:00.000000Z','rosa','login',NULL,'done','S-fff2de33f7',NULL,NULL,'','{}','08bd5346a666e140d7b82a7a5408596282c72f5f7e1a770b3e9bbdaa1cf96b3c','4fd8c1677cc481f3a98a7cf3db1a23c8b5dde877bf97c163a06cfea8ea36be95');
INSERT INTO "audit_event" VALUES(8,'2026-01-05T10:02:00.000000Z','rosa','staff add',NULL,'done','S-rosa',NULL,NULL,'','{"name": "sam", "role": "front-desk", "token": "T-626D07C3"}','4fd8c1677cc481f3a98a7cf3db1a23c8b5dde877bf97c163a06cfea8ea36be95','ead53d53fd436cd90b5922a66606d4a0c34896126ef29315931595885433347a');
INSERT INTO "audit_event" VALUES(9,'2026-01-05T10:03:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-9CE4676B8582','basic','cannot get in','{"attested": [], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "postal-code: match"], "new": true, "wrong": 0}','ead53d53fd436cd90b5922a66606d4a0c34896126ef29315931595885433347a','5cb605c03117a4fc7eb34560df96d893c24141e6908d96b64c63501d3c9d8619');
INSERT INTO "audit_event" VALUES(10,'2026-01-05T10:04:00.000000Z','sam','resend-invite','MRN-1','link-sent','S-sam','C-9CE4676B8582','basic','cannot get in','{"attested": [], "caller": "patient", "credential": "53d9c65a33e8af7ff4b71484", "ground": "check", "ground_id": "C-9CE4676B8582", "messages": ["dec41663336b08e05182bc18"], "methods": ["birth-date", "phone", "postal-code"], "reference": "R8-49"}','5cb605c03117a4fc7eb34560df96d893c24141e6908d96b64c63501d3c9d8619','c3b26bd4d77895ab1ba4171e4973854adedfb9ce4f932b1bef9949db155445d0');
INSERT INTO "audit_event" VALUES(11,'2026-01-05T10:06:00.000000Z',NULL,'redeem','MRN-1','done','portal',NULL,NULL,'','{"credential": "53d9c65a33e8af7ff4b71484", "ground": "redemption", "ground_id": "53d9c65a33e8af7ff4b71484", "kind": "invitation", "messages": ["fcfe8888aa61caedbd3c6ae1"], "reference": "R8-49"}','c3b26bd4d77895ab1ba4171e4973854adedfb9ce4f932b1bef9949db155445d0','cb055b9b205fa138163df45a36b05d629ab2852a7848836a702114033bfc9edd');
INSERT INTO "audit_event" VALUES(12,'2026-01-05T10:08:00.000000Z','sam','verify-identity','MRN-2','passed','S-sam','C-5D548F621AD2','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','cb055b9b205fa138163df45a36b05d629ab2852a7848836a702114033bfc9edd','91be8b5797f9c822fa6b43a47e4230077bc1403c854da21b5fafd839e32c902e');
INSERT INTO "audit_event" VALUES(13,'2026-01-05T10:09:00.000000Z','sam','update-contact','MRN-2','waiting','S-sam','C-5D548F621AD2','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "3d247d257c5e504dd6c61584", "ground": "check", "ground_id": "C-5D548F621AD2", "kind": "email", "messages": ["16d6f0c037adc6193840d953", "bd95eb1b25ed43cbbb43d62d"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "T0-84", "request": "R-4DFB1B"}','91be8b5797f9c822fa6b43a47e4230077bc1403c854da21b5fafd839e32c902e','9d8ae2dc6622f3fd730ffe0bf7af954abbeba828c82f6e9f12930f6a3848b2bf');
INSERT INTO "audit_event" VALUES(14,'2026-01-05T10:10:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-71298FDCE0D1','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','9d8ae2dc6622f3fd730ffe0bf7af954abbeba828c82f6e9f12930f6a3848b2bf','caae42adbf03cec5e75ec9b55f5e228056348d76c23687eba69a4f37d836e590');
INSERT INTO "audit_event" VALUES(15,'2026-01-05T10:11:00.000000Z','sam','send-reset','MRN-1','link-sent','S-sam','C-71298FDCE0D1','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "42956e8af950f307b79c6eb5", "ground": "check", "ground_id": "C-71298FDCE0D1", "messages": ["aec22f05374688f75539a5e5"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "W7-12"}','caae42adbf03cec5e75ec9b55f5e228056348d76c23687eba69a4f37d836e590','bbbdf45844f4a2686a2841b453d588c1d81fa5104760c821d13f08402dfe8a18');
INSERT INTO "audit_event" VALUES(16,'2026-01-05T10:12:00.000000Z','sam','disable','MRN-3','refused','S-sam',NULL,NULL,'','{"code": "check-required"}','bbbdf45844f4a2686a2841b453d588c1d81fa5104760c821d13f08402dfe8a18','c9a3a100051f5b89b1f2c92ac8cfbca3f74f3fda28192bd9b70181e5dab21631');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,16,'2026-01-05T10:12:00.000000Z','c9a3a100051f5b89b1f2c92ac8cfbca3f74f3fda28192bd9b70181e5dab21631');
CREATE TABLE audit_seal (
	row_key VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	PRIMARY KEY (row_key, seq)
)
 WITHOUT ROWID

;
INSERT INTO "audit_seal" VALUES('settings:1',1,'b2f1d2314563600e904314ae16b139eb721ffb82c06e251c33c53fc6b7f35aaf');
INSERT INTO "audit_seal" VALUES('staff_member:rosa',1,'2f64b5f02bf59944bd3fac59460f48ba49262cf0ccd41a5e087d6f3507281008');
INSERT INTO "audit_seal" VALUES('contact_point:email-1',2,'8b42136d01d98789e538fb009535da2a740286480761942381886ac0c4693fd9');
INSERT INTO "audit_seal" VALUES('contact_point:phone-1',2,'83bc950d19dd286b7414885413bbf3eb3d3030dac52022f9968d6bf35bf76138');
INSERT INTO "audit_seal" VALUES('patient:MRN-1',2,'934d72099b58a0a9fe12781e7a523d69561ef467499f25a0ee55c3959b2eaff8');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',2,'d933c254041b90ad85c5f3c31f851244597a04fed190103066aa07f47a2ee81e');
INSERT INTO "audit_seal" VALUES('contact_point:email-2',3,'b6ca392c5b4cccc3bae781b151db37c35a8164e4c11f429a21018957286a96a9');
INSERT INTO "audit_seal" VALUES('contact_point:phone-2',3,'d5dd717276d1577efdecb73e9f988d5dcda14c0fc0e6f3a8d709aa2b429a22f3');
INSERT INTO "audit_seal" VALUES('patient:MRN-2',3,'9da182e94e6880321e1ece6ec94e7ec2b5d9e12538cac8eecc9edb2eb60a46ca');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-2',3,'722ed0a984c430809b339bf363275717f1ec7ef1efa534cda6ab05f91e118ef3');
INSERT INTO "audit_seal" VALUES('contact_point:email-3',4,'e02535e6edc0695fd655efe35551de4d0f2bb2da6321f4f4c7a8c440ea18aeb9');
INSERT INTO "audit_seal" VALUES('contact_point:phone-3',4,'a64633a1535e204e3c8e9d987dbb91ec3f7e6ce794af39311873b7679f8728fa');
INSERT INTO "audit_seal" VALUES('patient:MRN-3',4,'1818c7acb8a117484f20d0fac29a9547583a22608d06c886b8f54c794239efc9');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-3',4,'420b078176dae769701d07e0ba8f3950812eae4d5fbad9618c6f48c9c53a9665');
INSERT INTO "audit_seal" VALUES('contact_point:email-4',5,'999789c78da44b670f8e6e608ce3c2d7d3f973c189c64469572a43e144f0e9a9');
INSERT INTO "audit_seal" VALUES('contact_point:phone-4',5,'61d9a7e8b0bfdfd662e07a68f68f6f0eb5d13dd688317b45c5c1098a06a751c8');
INSERT INTO "audit_seal" VALUES('patient:MRN-4',5,'4646705cedcb6075e36debddce4840eacd047bf50141d6076ecfff6d3ac467ed');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-4',5,'0fa5b9eaf054bb7e1579be08e170cf8b872ea87bb7606c1ae915fe2e5aa8eeae');
INSERT INTO "audit_seal" VALUES('contact_point:email-5',6,'a9af9167910914631cd77acc6017d170eeb0b13b6befb49a819d91c42875d8b8');
INSERT INTO "audit_seal" VALUES('contact_point:phone-5',6,'07d187e681276b28ee43fd5cdb59697059b281e36fd80b2c88061705d67a02d1');
INSERT INTO "audit_seal" VALUES('patient:MRN-5',6,'85378d87c1dac5d58b128fffbd27c119aea3b73d8547431986491f7d257355f7');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-5',6,'ec2b0933432e511a31196bfbe954ef909c0b4d100c7f5a41fd11d3637c0ca450');
INSERT INTO "audit_seal" VALUES('staff_session:S-fff2de33f7',7,'4639f355fda24bfcb764449e7209ee77e9dfba82e938b9e4616d4af7b25e65f6');
INSERT INTO "audit_seal" VALUES('staff_member:sam',8,'3532040aa1fbc43e12a89fedc0a96ca7ba45409e2f4f60087047eb825d729c69');
INSERT INTO "audit_seal" VALUES('staff_token:T-626D07C3',8,'6172eb913f5a457978cc243189d1aabc11979ba87b770db3f26c44f7737457e9');
INSERT INTO "audit_seal" VALUES('identity_check:C-9CE4676B8582',9,'03b190869158332ee873dbf01e56f5a8fe994961afbac908816e564910a6c24a');
INSERT INTO "audit_seal" VALUES('outbox_message:dec41663336b08e05182bc18',10,'a2129e91b4b8336f07062942cedb2ea0dce9c7e2f5ecb6425e40a0f99348d463');
INSERT INTO "audit_seal" VALUES('permit:058154b5bfe4d5d2',10,'1729a92a79425c6075b5530ac601c6c47d92d03330d9ccdc99f0151ddbff458d');
INSERT INTO "audit_seal" VALUES('recovery_credential:53d9c65a33e8af7ff4b71484',10,'656b7c2bbf5c2d1a8c2f394e5486ef58c7c5b6c839d51791697aa134a9cf79d8');
INSERT INTO "audit_seal" VALUES('outbox_message:fcfe8888aa61caedbd3c6ae1',11,'7dcca52dac917b314cd8e5de866d080ebc701557d60c0e80545c1728c1f0ff49');
INSERT INTO "audit_seal" VALUES('password_history:063c36876b402721',11,'e2725a9c19cf3e55a23841f6967c8818d34a6f4df6086ec994f418aa34a994a0');
INSERT INTO "audit_seal" VALUES('permit:f84ac019ffe2c210',11,'e7892be1088eba7247e9548c47afdfea30afa3b60a27147257228d43e43bf03e');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',11,'ecc082dcaa4829810c868ab2da3bddf591860a3f74cad5f900dbc40c14ca0f1f');
INSERT INTO "audit_seal" VALUES('recovery_credential:53d9c65a33e8af7ff4b71484',11,'181c4e88bcde55b02cc1e3c5bc16a4650b5db3714e019510413ec24d9d26eae7');
INSERT INTO "audit_seal" VALUES('identity_check:C-5D548F621AD2',12,'65758c9f56d54c58d26888edb959712a25956dbe3f27670fca4466ceeafbc4ad');
INSERT INTO "audit_seal" VALUES('identity_check:C-9CE4676B8582',12,'6b3f1572ecf864ebf58bfad4849e9363c624381b9fa43933e199b9e5b104e435');
INSERT INTO "audit_seal" VALUES('change_request:R-4DFB1B',13,'31039605794f08e435d4bd2ce2d648f467208811c4980ab8d4f4548187b138cf');
INSERT INTO "audit_seal" VALUES('outbox_message:16d6f0c037adc6193840d953',13,'50dabd4f2a3c83921f79e0ac879330ebe76e66fbdbddcafcf651e01b206f5797');
INSERT INTO "audit_seal" VALUES('outbox_message:bd95eb1b25ed43cbbb43d62d',13,'3d3dca5e627e43332d8a63a51f9a24ea921f270483030c475222db1606b9fc04');
INSERT INTO "audit_seal" VALUES('permit:ec724272b09b73a1',13,'dae98382de8617d764a26dd4e0c5ad38c46deeb552e7678c0a3e3a30ba820bb8');
INSERT INTO "audit_seal" VALUES('recovery_credential:3d247d257c5e504dd6c61584',13,'aee4f71a39ecad639f167731ab2a946ede7e5932429ac1d419189c152ad14990');
INSERT INTO "audit_seal" VALUES('recovery_credential:4a14693397957a6f79465612',13,'dc7ec5079802613e8e4136f305366d1ba6f3000789cdd473018418b72dc41060');
INSERT INTO "audit_seal" VALUES('recovery_credential:a1c2ad633453861c9c091515',13,'0cc6c780ab88c474e1f33f54b9f44bb210a48f1e57079976630f6d305ca4c621');
INSERT INTO "audit_seal" VALUES('identity_check:C-5D548F621AD2',14,'40f4501a7549d90e525da154facdd6aa9c64dcddde3da5edf738e5f3d9bfe10f');
INSERT INTO "audit_seal" VALUES('identity_check:C-71298FDCE0D1',14,'e63fe186f1e3eb46733d2f50e6ecb379532b37cc23506c578080ebcbb8249b5d');
INSERT INTO "audit_seal" VALUES('outbox_message:aec22f05374688f75539a5e5',15,'aca77a51ee32b852a59cec303c8fe8e6960987cdc3c0899e58dd22141a90df3d');
INSERT INTO "audit_seal" VALUES('permit:9b0f00274f291fcf',15,'9b3b3b5aa0f59c387656c7914eb4250a68d5fac356d82856f7a6f3363772c008');
INSERT INTO "audit_seal" VALUES('recovery_credential:42956e8af950f307b79c6eb5',15,'f71a2b16416cf3139f4ac112805df5e13432d2e91b424480c90db73ea47d4817');
CREATE TABLE change_request (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	new_value VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	check_id VARCHAR NOT NULL, 
	permit_id VARCHAR NOT NULL, 
	requested_by VARCHAR NOT NULL, 
	requested_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	rests_on_photo_id BOOLEAN NOT NULL, 
	codes_sent INTEGER NOT NULL, 
	confirmed_at VARCHAR(27), 
	confirmed_how VARCHAR NOT NULL, 
	old_told_at VARCHAR(27), 
	waits_until VARCHAR(27), 
	decided_by VARCHAR, 
	decided_at VARCHAR(27), 
	decision_reason VARCHAR NOT NULL, 
	independent BOOLEAN, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn)
);
INSERT INTO "change_request" VALUES(13,'31039605794f08e435d4bd2ce2d648f467208811c4980ab8d4f4548187b138cf','R-4DFB1B','MRN-2','email','new2@example.org','awaiting-confirmation','C-5D548F621AD2','ec724272b09b73a1','sam','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z',1,1,NULL,'','2026-01-05T10:09:00.000000Z',NULL,NULL,NULL,'',NULL);
CREATE TABLE contact_point (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	added_at VARCHAR(27) NOT NULL, 
	evidence_from VARCHAR(27) NOT NULL, 
	confirmed_at VARCHAR(27), 
	confirmed_how VARCHAR NOT NULL, 
	bounced_at VARCHAR(27), 
	do_not_use BOOLEAN NOT NULL, 
	confidential BOOLEAN NOT NULL, 
	current BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
);
INSERT INTO "contact_point" VALUES(2,'8b42136d01d98789e538fb009535da2a740286480761942381886ac0c4693fd9','email-1','MRN-1','email','zoe1@example.org','zoe1@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(2,'83bc950d19dd286b7414885413bbf3eb3d3030dac52022f9968d6bf35bf76138','phone-1','MRN-1','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(3,'b6ca392c5b4cccc3bae781b151db37c35a8164e4c11f429a21018957286a96a9','email-2','MRN-2','email','zoe2@example.org','zoe2@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(3,'d5dd717276d1577efdecb73e9f988d5dcda14c0fc0e6f3a8d709aa2b429a22f3','phone-2','MRN-2','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(4,'e02535e6edc0695fd655efe35551de4d0f2bb2da6321f4f4c7a8c440ea18aeb9','email-3','MRN-3','email','zoe3@example.org','zoe3@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(4,'a64633a1535e204e3c8e9d987dbb91ec3f7e6ce794af39311873b7679f8728fa','phone-3','MRN-3','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(5,'999789c78da44b670f8e6e608ce3c2d7d3f973c189c64469572a43e144f0e9a9','email-4','MRN-4','email','zoe4@example.org','zoe4@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(5,'61d9a7e8b0bfdfd662e07a68f68f6f0eb5d13dd688317b45c5c1098a06a751c8','phone-4','MRN-4','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(6,'a9af9167910914631cd77acc6017d170eeb0b13b6befb49a819d91c42875d8b8','email-5','MRN-5','email','zoe5@example.org','zoe5@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(6,'07d187e681276b28ee43fd5cdb59697059b281e36fd80b2c88061705d67a02d1','phone-5','MRN-5','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
CREATE TABLE duplicate_verdict (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	a VARCHAR NOT NULL, 
	b VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	judged_on VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(a) REFERENCES patient (mrn), 
	FOREIGN KEY(b) REFERENCES patient (mrn)
);
CREATE TABLE identity_check (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	patient VARCHAR NOT NULL, 
	staff VARCHAR, 
	session VARCHAR NOT NULL, 
	caller VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	evidence TEXT NOT NULL, 
	wrong INTEGER NOT NULL, 
	ask_order TEXT NOT NULL, 
	spoiled TEXT NOT NULL, 
	code_id VARCHAR, 
	started_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	ended_why VARCHAR NOT NULL, 
	failed_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(patient) REFERENCES patient (mrn)
);
INSERT INTO "identity_check" VALUES(12,'6b3f1572ecf864ebf58bfad4849e9363c624381b9fa43933e199b9e5b104e435','C-9CE4676B8582','MRN-1','sam','S-sam','patient','cannot get in','passed','basic','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:03:00.000000Z','2026-01-05T10:18:00.000000Z','2026-01-05T10:08:00.000000Z','next check',NULL);
INSERT INTO "identity_check" VALUES(14,'40f4501a7549d90e525da154facdd6aa9c64dcddde3da5edf738e5f3d9bfe10f','C-5D548F621AD2','MRN-2','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "driver licence"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:08:00.000000Z','2026-01-05T10:23:00.000000Z','2026-01-05T10:10:00.000000Z','next check',NULL);
INSERT INTO "identity_check" VALUES(14,'e63fe186f1e3eb46733d2f50e6ecb379532b37cc23506c578080ebcbb8249b5d','C-71298FDCE0D1','MRN-1','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "passport"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:10:00.000000Z','2026-01-05T10:25:00.000000Z',NULL,'',NULL);
CREATE TABLE outbox_message (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	to_address VARCHAR NOT NULL, 
	credential_id VARCHAR, 
	permit_id VARCHAR, 
	variables TEXT NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	sent_at VARCHAR(27), 
	dropped_why VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	claimed_at VARCHAR(27), 
	claimed_by VARCHAR NOT NULL, 
	last_error VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
);
INSERT INTO "outbox_message" VALUES(10,'a2129e91b4b8336f07062942cedb2ea0dce9c7e2f5ecb6425e40a0f99348d463','dec41663336b08e05182bc18','invitation','MRN-1','zoe1@example.org','53d9c65a33e8af7ff4b71484','058154b5bfe4d5d2','{}','2026-01-05T10:04:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(11,'7dcca52dac917b314cd8e5de866d080ebc701557d60c0e80545c1728c1f0ff49','fcfe8888aa61caedbd3c6ae1','changed','MRN-1','zoe1@example.org',NULL,'f84ac019ffe2c210','{"what": "activated", "at_desk": false}','2026-01-05T10:06:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'50dabd4f2a3c83921f79e0ac879330ebe76e66fbdbddcafcf651e01b206f5797','16d6f0c037adc6193840d953','confirm-code','MRN-2','new2@example.org','3d247d257c5e504dd6c61584','ec724272b09b73a1','{"kind": "email", "link": "a1c2ad633453861c9c091515"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'3d3dca5e627e43332d8a63a51f9a24ea921f270483030c475222db1606b9fc04','bd95eb1b25ed43cbbb43d62d','contact-changing','MRN-2','zoe2@example.org','4a14693397957a6f79465612','ec724272b09b73a1','{"kind": "email"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(15,'aca77a51ee32b852a59cec303c8fe8e6960987cdc3c0899e58dd22141a90df3d','aec22f05374688f75539a5e5','reset','MRN-1','zoe1@example.org','42956e8af950f307b79c6eb5','9b0f00274f291fcf','{}','2026-01-05T10:11:00.000000Z',NULL,'',0,NULL,'','');
CREATE TABLE password_history (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	set_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn)
);
INSERT INTO "password_history" VALUES(11,'e2725a9c19cf3e55a23841f6967c8818d34a6f4df6086ec994f418aa34a994a0','063c36876b402721','MRN-1','p1$$2b$12$TXv3givbgmVkBYcAsxUrie6eu.sFoHcXWmXiZDrPFsSKZnhuwc3Jq','2026-01-05T10:06:00.000000Z');
CREATE TABLE patient (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	given_name VARCHAR NOT NULL, 
	family_name VARCHAR NOT NULL, 
	other_names TEXT NOT NULL, 
	birth_date VARCHAR(10), 
	sex VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	city VARCHAR NOT NULL, 
	postal_code VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	last_visit VARCHAR(10), 
	status VARCHAR NOT NULL, 
	merged_into VARCHAR, 
	birth_date_evidence_from VARCHAR(27) NOT NULL, 
	postal_code_evidence_from VARCHAR(27) NOT NULL, 
	imported_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (mrn)
);
INSERT INTO "patient" VALUES(2,'934d72099b58a0a9fe12781e7a523d69561ef467499f25a0ee55c3959b2eaff8','MRN-1','Zoë','Reynolds1','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(3,'9da182e94e6880321e1ece6ec94e7ec2b5d9e12538cac8eecc9edb2eb60a46ca','MRN-2','Zoë','Reynolds2','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(4,'1818c7acb8a117484f20d0fac29a9547583a22608d06c886b8f54c794239efc9','MRN-3','Zoë','Reynolds3','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(5,'4646705cedcb6075e36debddce4840eacd047bf50141d6076ecfff6d3ac467ed','MRN-4','Zoë','Reynolds4','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(6,'85378d87c1dac5d58b128fffbd27c119aea3b73d8547431986491f7d257355f7','MRN-5','Zoë','Reynolds5','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
CREATE TABLE patient_name (
	"key" VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	PRIMARY KEY ("key", mrn), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
)
 WITHOUT ROWID

;
CREATE TABLE permit (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	ground VARCHAR NOT NULL, 
	ground_id VARCHAR NOT NULL, 
	level VARCHAR NOT NULL, 
	staff VARCHAR, 
	issued_at VARCHAR(27) NOT NULL, 
	spent_seq INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn)
);
INSERT INTO "permit" VALUES(10,'1729a92a79425c6075b5530ac601c6c47d92d03330d9ccdc99f0151ddbff458d','058154b5bfe4d5d2','MRN-1','resend-invite','check','C-9CE4676B8582','basic','sam','2026-01-05T10:04:00.000000Z',10);
INSERT INTO "permit" VALUES(11,'e7892be1088eba7247e9548c47afdfea30afa3b60a27147257228d43e43bf03e','f84ac019ffe2c210','MRN-1','redeem','redemption','53d9c65a33e8af7ff4b71484','none',NULL,'2026-01-05T10:06:00.000000Z',11);
INSERT INTO "permit" VALUES(13,'dae98382de8617d764a26dd4e0c5ad38c46deeb552e7678c0a3e3a30ba820bb8','ec724272b09b73a1','MRN-2','update-contact','check','C-5D548F621AD2','strong','sam','2026-01-05T10:09:00.000000Z',13);
INSERT INTO "permit" VALUES(15,'9b3b3b5aa0f59c387656c7914eb4250a68d5fac356d82856f7a6f3363772c008','9b0f00274f291fcf','MRN-1','send-reset','check','C-71298FDCE0D1','strong','sam','2026-01-05T10:11:00.000000Z',15);
CREATE TABLE portal_account (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	username VARCHAR, 
	email VARCHAR, 
	phone VARCHAR, 
	password_hash VARCHAR, 
	status VARCHAR NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	locked_until VARCHAR(27), 
	failed_attempts INTEGER NOT NULL, 
	activated_at VARCHAR(27), 
	contact_changed_at VARCHAR(27), 
	permit_id VARCHAR, 
	PRIMARY KEY (mrn), 
	FOREIGN KEY(mrn) REFERENCES patient (mrn), 
	UNIQUE (username)
);
INSERT INTO "portal_account" VALUES(11,'ecc082dcaa4829810c868ab2da3bddf591860a3f74cad5f900dbc40c14ca0f1f','MRN-1','zoe.one','zoe1@example.org','+15559078526','p1$$2b$12$TXv3givbgmVkBYcAsxUrie6eu.sFoHcXWmXiZDrPFsSKZnhuwc3Jq','active',0,NULL,0,'2026-01-05T10:06:00.000000Z',NULL,'f84ac019ffe2c210');
INSERT INTO "portal_account" VALUES(3,'722ed0a984c430809b339bf363275717f1ec7ef1efa534cda6ab05f91e118ef3','MRN-2',NULL,'zoe2@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(4,'420b078176dae769701d07e0ba8f3950812eae4d5fbad9618c6f48c9c53a9665','MRN-3',NULL,'zoe3@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(5,'0fa5b9eaf054bb7e1579be08e170cf8b872ea87bb7606c1ae915fe2e5aa8eeae','MRN-4',NULL,'zoe4@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(6,'ec2b0933432e511a31196bfbe954ef909c0b4d100c7f5a41fd11d3637c0ca450','MRN-5',NULL,'zoe5@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
CREATE TABLE portal_session (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	token_hash VARCHAR NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	ended_why VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn), 
	UNIQUE (token_hash)
);
CREATE TABLE recovery_credential (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	mrn VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	secret_hash VARCHAR NOT NULL, 
	issued_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	bound_to VARCHAR NOT NULL, 
	sent_to VARCHAR, 
	check_id VARCHAR, 
	request_id VARCHAR, 
	permit_id VARCHAR, 
	call_code_hash VARCHAR, 
	tries INTEGER NOT NULL, 
	opened_at VARCHAR(27), 
	redeemed_at VARCHAR(27), 
	revoked_at VARCHAR(27), 
	superseded_by VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(mrn) REFERENCES portal_account (mrn), 
	UNIQUE (secret_hash)
);
INSERT INTO "recovery_credential" VALUES(11,'181c4e88bcde55b02cc1e3c5bc16a4650b5db3714e019510413ec24d9d26eae7','53d9c65a33e8af7ff4b71484','invitation','MRN-1','R8-49','697e937a976fa2db1ac5f0987da63f1ef38f88ac6a5d17115d9d285de0feae62','2026-01-05T10:04:00.000000Z','2026-01-06T10:04:00.000000Z','669a67f0964fe95ba0a2fbbdb144c4a08194a43dd8455760238996ed6adf9e61','zoe1@example.org','C-9CE4676B8582',NULL,'058154b5bfe4d5d2',NULL,0,NULL,'2026-01-05T10:06:00.000000Z',NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'aee4f71a39ecad639f167731ab2a946ede7e5932429ac1d419189c152ad14990','3d247d257c5e504dd6c61584','confirm-code','MRN-2','T0-84','p1$$2b$10$cdEaSSW0.TyzVIDd5AXhdetFTsEmWc/3R4qQsxfIhQs5fqUH4RTRq','2026-01-05T10:09:00.000000Z','2026-01-05T10:19:00.000000Z','R-4DFB1B','new2@example.org',NULL,'R-4DFB1B','ec724272b09b73a1',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'0cc6c780ab88c474e1f33f54b9f44bb210a48f1e57079976630f6d305ca4c621','a1c2ad633453861c9c091515','confirm-link','MRN-2','M3-61','f0efce2c93b7dfae37a8889d0538f1b5c09bd616d04949c8de4d1b07a9ae207f','2026-01-05T10:09:00.000000Z','2026-01-06T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','new2@example.org',NULL,'R-4DFB1B','ec724272b09b73a1',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'dc7ec5079802613e8e4136f305366d1ba6f3000789cdd473018418b72dc41060','4a14693397957a6f79465612','object-link','MRN-2','M1-03','f3f7778caa61b2c27952e2c508c8b9b0f468d5e0820921c1a4947e873ebec9a4','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','zoe2@example.org',NULL,'R-4DFB1B','ec724272b09b73a1',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(15,'f71a2b16416cf3139f4ac112805df5e13432d2e91b424480c90db73ea47d4817','42956e8af950f307b79c6eb5','reset','MRN-1','W7-12','fb4026244d3342a6b7271782f0011c7fe00bfa248305b09f49428b81779d7881','2026-01-05T10:11:00.000000Z','2026-01-05T11:11:00.000000Z','06b56a6e55c1f2999117511315e38c69282ec4b3e08540b038f673ebbde8081e','zoe1@example.org','C-71298FDCE0D1',NULL,'9b0f00274f291fcf',NULL,0,NULL,NULL,NULL,NULL);
CREATE TABLE settings (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id INTEGER NOT NULL, 
	store_id VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	values_json TEXT NOT NULL, 
	accepted_clock VARCHAR(27), 
	PRIMARY KEY (id)
);
INSERT INTO "settings" VALUES(1,'b2f1d2314563600e904314ae16b139eb721ffb82c06e251c33c53fc6b7f35aaf',1,'c5b8f7d4e680','2026-01-05T10:00:00.000000Z','{}',NULL);
CREATE TABLE staff_member (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	failed_attempts INTEGER NOT NULL, 
	locked_until VARCHAR(27), 
	credentialed_by VARCHAR NOT NULL, 
	credentialed_at VARCHAR(27) NOT NULL, 
	own_mrn VARCHAR, 
	linked TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "staff_member" VALUES(1,'2f64b5f02bf59944bd3fac59460f48ba49262cf0ccd41a5e087d6f3507281008','rosa','admin','active','p1$$2b$12$pwlAmK7JwGEpPGbOacdape.StND/An7cpsvQXn5vP9CgAEXbB2A8G',0,0,NULL,'rosa','2026-01-05T10:00:00.000000Z',NULL,'[]');
INSERT INTO "staff_member" VALUES(8,'3532040aa1fbc43e12a89fedc0a96ca7ba45409e2f4f60087047eb825d729c69','sam','front-desk','active','p1$$2b$12$8QaDPDuPiw6/MIY3.gnLnOHfm5cTt/q2h.vJqlJYUjJ61ovIVeOYa',1,0,NULL,'rosa','2026-01-05T10:02:00.000000Z',NULL,'[]');
CREATE TABLE staff_session (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	os_caller VARCHAR NOT NULL, 
	token_hash VARCHAR NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	ended_at VARCHAR(27), 
	ended_why VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(staff) REFERENCES staff_member (name), 
	UNIQUE (token_hash)
);
INSERT INTO "staff_session" VALUES(7,'4639f355fda24bfcb764449e7209ee77e9dfba82e938b9e4616d4af7b25e65f6','S-fff2de33f7','rosa','0','2e1bf9a39bc0397a8d8f596dd0cda15a2b8167ca1e477dada75535e17da7ae95','2026-01-05T10:01:00.000000Z',NULL,'');
CREATE TABLE staff_token (
	changed_seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	staff VARCHAR NOT NULL, 
	token_hash VARCHAR NOT NULL, 
	created_by VARCHAR NOT NULL, 
	created_at VARCHAR(27) NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	only TEXT NOT NULL, 
	revoked_at VARCHAR(27), 
	PRIMARY KEY (id), 
	FOREIGN KEY(staff) REFERENCES staff_member (name), 
	UNIQUE (token_hash)
);
INSERT INTO "staff_token" VALUES(8,'6172eb913f5a457978cc243189d1aabc11979ba87b770db3f26c44f7737457e9','T-626D07C3','sam','f23321160b2c54e7d52c5bc5b4fb3e4ec9065c270a3063c2ec8d6f5fe9264fc8','rosa','2026-01-05T10:02:00.000000Z','2026-04-05T10:02:00.000000Z','[]',NULL);
CREATE INDEX ix_audit_action ON audit_event (action, seq);
CREATE INDEX ix_audit_patient ON audit_event (patient, seq);
CREATE INDEX ix_audit_session ON audit_event (session, seq);
CREATE INDEX ix_audit_staff ON audit_event (staff, seq);
CREATE INDEX ix_contact_point_key ON contact_point ("key");
CREATE INDEX ix_contact_point_mrn ON contact_point (mrn);
CREATE INDEX ix_duplicate_pair ON duplicate_verdict (a, b);
CREATE INDEX ix_identity_check_patient_started ON identity_check (patient, started_at);
CREATE INDEX ix_identity_check_session ON identity_check (session);
CREATE INDEX ix_outbox_message_credential_id ON outbox_message (credential_id);
CREATE INDEX ix_outbox_message_mrn ON outbox_message (mrn);
CREATE INDEX ix_outbox_message_sent_at ON outbox_message (sent_at);
CREATE INDEX ix_outbox_message_to_address ON outbox_message (to_address);
CREATE INDEX ix_patient_name_mrn ON patient_name (mrn);
CREATE INDEX ix_permit_ground ON permit (ground, ground_id, action);
CREATE INDEX ix_portal_account_email ON portal_account (email);
CREATE INDEX ix_staff_session_staff ON staff_session (staff);
CREATE INDEX ix_staff_token_staff ON staff_token (staff);
CREATE INDEX ix_change_request_check_id ON change_request (check_id);
CREATE INDEX ix_change_request_mrn ON change_request (mrn);
CREATE INDEX ix_password_history_mrn ON password_history (mrn);
CREATE INDEX ix_portal_session_mrn ON portal_session (mrn);
CREATE INDEX ix_recovery_credential_mrn ON recovery_credential (mrn);
CREATE INDEX ix_recovery_credential_reference ON recovery_credential (reference);
CREATE UNIQUE INDEX ux_credential_permit_kind ON recovery_credential (permit_id, kind);
CREATE INDEX ix_identity_check_staff_started ON identity_check (staff, started_at);
CREATE INDEX ix_audit_action_outcome ON audit_event (action, outcome, seq);
CREATE INDEX ix_audit_staff_action ON audit_event (staff, action, seq);
CREATE INDEX ix_audit_at ON audit_event (at, seq);
CREATE INDEX ix_audit_seal_seq ON audit_seal (seq, row_key, seal);
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_archive a WHERE OLD.seq <= a.last_seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_archive a WHERE OLD.seq <= a.last_seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_head h WHERE NEW.seq = h.seq + 1 AND NEW.prev_hash = h.hash AND NEW.at >= h.at) OR EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: an event must be the next of the head'); END;
CREATE TRIGGER audit_event_moves_head AFTER INSERT ON audit_event FOR EACH ROW BEGIN UPDATE audit_head SET seq = NEW.seq, at = NEW.at, hash = NEW.hash; END;
CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.seq IS NOT OLD.seq + 1 OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash AND e.at = NEW.at) BEGIN SELECT RAISE(ABORT, 'portaldesk: the head follows the record'); END;
CREATE TRIGGER audit_head_only_one BEFORE INSERT ON audit_head FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_head) BEGIN SELECT RAISE(ABORT, 'portaldesk: one head'); END;
CREATE TRIGGER audit_seal_before_event BEFORE INSERT ON audit_seal FOR EACH ROW WHEN NEW.seq <= (SELECT seq FROM audit_head) OR EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = NEW.row_key AND s.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: a seal belongs to an event yet to come'); END;
CREATE TRIGGER audit_archive_of_old_events BEFORE INSERT ON audit_archive FOR EACH ROW WHEN NEW.first_seq IS NOT (SELECT coalesce(max(a.last_seq), 0) + 1 FROM audit_archive a) OR NEW.last_seq < NEW.first_seq OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.last_seq AND e.hash = NEW.last_hash AND e.at = NEW.last_at) OR CAST(CAST(substr(NEW.last_at, 1, 4) AS INTEGER) + 6 AS TEXT) || substr(NEW.last_at, 5) > (SELECT at FROM audit_head) BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is kept for 6 years'); END;
CREATE TRIGGER audit_archive_of_no_rows_seal BEFORE INSERT ON audit_archive FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_seal s WHERE s.seq <= NEW.last_seq AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > NEW.last_seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: the newest seal of a row stays in the record'); END;
CREATE TRIGGER patient_insert_in_record BEFORE INSERT ON patient FOR EACH ROW WHEN EXISTS (SELECT 1 FROM patient o WHERE o.mrn = NEW.mrn) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'patient:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: no event of the record carries this row'); END;
CREATE TRIGGER patient_update_in_record BEFORE UPDATE OF changed_seq, mrn, given_name, family_name, other_names, birth_date, sex, address, city, postal_code, language, last_visit, status, merged_into, birth_date_evidence_from, postal_code_evidence_from, imported_at, seal ON patient FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'patient:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: no event of the record carries this change'); END;
CREATE TRIGGER patient_no_delete BEFORE DELETE ON patient FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: rows are never deleted'); END;
CREATE TRIGGER contact_point_insert_in_record BEFORE INSERT ON contact_point FOR EACH ROW WHEN EXISTS (SELECT 1 FROM contact_point o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'contact_point:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: no event of the record carries this row'); END;
CREATE TRIGGER contact_point_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, kind, value, key, source, added_at, evidence_from, confirmed_at, confirmed_how, bounced_at, do_not_use, confidential, current, seal ON contact_point FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'contact_point:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: no event of the record carries this change'); END;
CREATE TRIGGER contact_point_no_delete BEFORE DELETE ON contact_point FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: rows are never deleted'); END;
CREATE TRIGGER portal_account_insert_in_record BEFORE INSERT ON portal_account FOR EACH ROW WHEN EXISTS (SELECT 1 FROM portal_account o WHERE o.mrn = NEW.mrn) OR EXISTS (SELECT 1 FROM portal_account o WHERE o.username = NEW.username) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_account:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) OR (NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_account:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.mrn = NEW.mrn AND p.action = 'renew' AND p.changed_seq = NEW.changed_seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: no event of the record carries this row'); END;
CREATE TRIGGER portal_account_update_in_record BEFORE UPDATE OF changed_seq, mrn, username, email, phone, password_hash, status, must_change_password, locked_until, failed_attempts, activated_at, contact_changed_at, permit_id, seal ON portal_account FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_account:' || NEW.mrn AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: no event of the record carries this change'); END;
CREATE TRIGGER portal_account_no_delete BEFORE DELETE ON portal_account FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: rows are never deleted'); END;
CREATE TRIGGER password_history_insert_in_record BEFORE INSERT ON password_history FOR EACH ROW WHEN EXISTS (SELECT 1 FROM password_history o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'password_history:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: no event of the record carries this row'); END;
CREATE TRIGGER password_history_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, password_hash, set_at, seal ON password_history FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'password_history:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: no event of the record carries this change'); END;
CREATE TRIGGER password_history_no_delete BEFORE DELETE ON password_history FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: rows are never deleted'); END;
CREATE TRIGGER portal_session_insert_in_record BEFORE INSERT ON portal_session FOR EACH ROW WHEN EXISTS (SELECT 1 FROM portal_session o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM portal_session o WHERE o.token_hash = NEW.token_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: no event of the record carries this row'); END;
CREATE TRIGGER portal_session_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, token_hash, started_at, expires_at, ended_at, ended_why, seal ON portal_session FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'portal_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: no event of the record carries this change'); END;
CREATE TRIGGER portal_session_no_delete BEFORE DELETE ON portal_session FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: rows are never deleted'); END;
CREATE TRIGGER staff_member_insert_in_record BEFORE INSERT ON staff_member FOR EACH ROW WHEN EXISTS (SELECT 1 FROM staff_member o WHERE o.name = NEW.name) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_member:' || NEW.name AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: no event of the record carries this row'); END;
CREATE TRIGGER staff_member_update_in_record BEFORE UPDATE OF changed_seq, name, role, status, password_hash, must_change_password, failed_attempts, locked_until, credentialed_by, credentialed_at, own_mrn, linked, seal ON staff_member FOR EACH ROW WHEN NEW.name IS NOT OLD.name OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_member:' || NEW.name AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: no event of the record carries this change'); END;
CREATE TRIGGER staff_member_no_delete BEFORE DELETE ON staff_member FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: rows are never deleted'); END;
CREATE TRIGGER staff_session_insert_in_record BEFORE INSERT ON staff_session FOR EACH ROW WHEN EXISTS (SELECT 1 FROM staff_session o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM staff_session o WHERE o.token_hash = NEW.token_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: no event of the record carries this row'); END;
CREATE TRIGGER staff_session_update_in_record BEFORE UPDATE OF changed_seq, id, staff, os_caller, token_hash, started_at, ended_at, ended_why, seal ON staff_session FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_session:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: no event of the record carries this change'); END;
CREATE TRIGGER staff_session_no_delete BEFORE DELETE ON staff_session FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: rows are never deleted'); END;
CREATE TRIGGER staff_token_insert_in_record BEFORE INSERT ON staff_token FOR EACH ROW WHEN EXISTS (SELECT 1 FROM staff_token o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM staff_token o WHERE o.token_hash = NEW.token_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_token:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: no event of the record carries this row'); END;
CREATE TRIGGER staff_token_update_in_record BEFORE UPDATE OF changed_seq, id, staff, token_hash, created_by, created_at, expires_at, only, revoked_at, seal ON staff_token FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'staff_token:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: no event of the record carries this change'); END;
CREATE TRIGGER staff_token_no_delete BEFORE DELETE ON staff_token FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: rows are never deleted'); END;
CREATE TRIGGER identity_check_insert_in_record BEFORE INSERT ON identity_check FOR EACH ROW WHEN EXISTS (SELECT 1 FROM identity_check o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'identity_check:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: no event of the record carries this row'); END;
CREATE TRIGGER identity_check_update_in_record BEFORE UPDATE OF changed_seq, id, patient, staff, session, caller, reason, outcome, level, evidence, wrong, ask_order, spoiled, code_id, started_at, expires_at, ended_at, ended_why, failed_at, seal ON identity_check FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'identity_check:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: no event of the record carries this change'); END;
CREATE TRIGGER identity_check_no_delete BEFORE DELETE ON identity_check FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: rows are never deleted'); END;
CREATE TRIGGER permit_insert_in_record BEFORE INSERT ON permit FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'permit:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: no event of the record carries this row'); END;
CREATE TRIGGER permit_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, action, ground, ground_id, level, staff, issued_at, seal ON permit FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'permit:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: no event of the record carries this change'); END;
CREATE TRIGGER permit_no_delete BEFORE DELETE ON permit FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: rows are never deleted'); END;
CREATE TRIGGER recovery_credential_insert_in_record BEFORE INSERT ON recovery_credential FOR EACH ROW WHEN EXISTS (SELECT 1 FROM recovery_credential o WHERE o.id = NEW.id) OR EXISTS (SELECT 1 FROM recovery_credential o WHERE o.secret_hash = NEW.secret_hash) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'recovery_credential:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: no event of the record carries this row'); END;
CREATE TRIGGER recovery_credential_update_in_record BEFORE UPDATE OF changed_seq, id, kind, mrn, reference, secret_hash, issued_at, expires_at, bound_to, sent_to, check_id, request_id, permit_id, call_code_hash, tries, opened_at, redeemed_at, revoked_at, superseded_by, seal ON recovery_credential FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'recovery_credential:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: no event of the record carries this change'); END;
CREATE TRIGGER recovery_credential_no_delete BEFORE DELETE ON recovery_credential FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: rows are never deleted'); END;
CREATE TRIGGER change_request_insert_in_record BEFORE INSERT ON change_request FOR EACH ROW WHEN EXISTS (SELECT 1 FROM change_request o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'change_request:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: no event of the record carries this row'); END;
CREATE TRIGGER change_request_update_in_record BEFORE UPDATE OF changed_seq, id, mrn, kind, new_value, state, check_id, permit_id, requested_by, requested_at, expires_at, rests_on_photo_id, codes_sent, confirmed_at, confirmed_how, old_told_at, waits_until, decided_by, decided_at, decision_reason, independent, seal ON change_request FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'change_request:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: no event of the record carries this change'); END;
CREATE TRIGGER change_request_no_delete BEFORE DELETE ON change_request FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: rows are never deleted'); END;
CREATE TRIGGER outbox_message_insert_in_record BEFORE INSERT ON outbox_message FOR EACH ROW WHEN EXISTS (SELECT 1 FROM outbox_message o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'outbox_message:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: no event of the record carries this row'); END;
CREATE TRIGGER outbox_message_update_in_record BEFORE UPDATE OF changed_seq, id, kind, mrn, to_address, credential_id, permit_id, variables, created_at, sent_at, dropped_why, seal ON outbox_message FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'outbox_message:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: no event of the record carries this change'); END;
CREATE TRIGGER outbox_message_no_delete BEFORE DELETE ON outbox_message FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: rows are never deleted'); END;
CREATE TRIGGER settings_insert_in_record BEFORE INSERT ON settings FOR EACH ROW WHEN EXISTS (SELECT 1 FROM settings o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'settings:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: no event of the record carries this row'); END;
CREATE TRIGGER settings_update_in_record BEFORE UPDATE OF changed_seq, id, store_id, created_at, values_json, accepted_clock, seal ON settings FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'settings:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: no event of the record carries this change'); END;
CREATE TRIGGER settings_no_delete BEFORE DELETE ON settings FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: rows are never deleted'); END;
CREATE TRIGGER duplicate_verdict_insert_in_record BEFORE INSERT ON duplicate_verdict FOR EACH ROW WHEN EXISTS (SELECT 1 FROM duplicate_verdict o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'duplicate_verdict:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: no event of the record carries this row'); END;
CREATE TRIGGER duplicate_verdict_update_in_record BEFORE UPDATE OF changed_seq, id, a, b, verdict, reason, judged_on, staff, at, seal ON duplicate_verdict FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'duplicate_verdict:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: no event of the record carries this change'); END;
CREATE TRIGGER duplicate_verdict_no_delete BEFORE DELETE ON duplicate_verdict FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: rows are never deleted'); END;
CREATE TRIGGER audit_archive_insert_in_record BEFORE INSERT ON audit_archive FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_archive o WHERE o.id = NEW.id) OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'audit_archive:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq <> s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: no event of the record carries this row'); END;
CREATE TRIGGER audit_archive_update_in_record BEFORE UPDATE OF changed_seq, id, first_seq, last_seq, last_at, last_hash, manifest_sha256, seal ON audit_archive FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.changed_seq IS OLD.changed_seq OR NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = 'audit_archive:' || NEW.id AND s.seq = NEW.changed_seq AND s.seal = NEW.seal AND s.seq <= (SELECT seq FROM audit_head) AND NOT EXISTS (SELECT 1 FROM audit_seal n WHERE n.row_key = s.row_key AND n.seq > s.seq)) BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: no event of the record carries this change'); END;
CREATE TRIGGER audit_archive_no_delete BEFORE DELETE ON audit_archive FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: rows are never deleted'); END;
CREATE TRIGGER permit_has_ground BEFORE INSERT ON permit FOR EACH ROW WHEN NEW.spent_seq IS NOT NULL OR NEW.changed_seq IS NOT (SELECT seq FROM audit_head) OR NEW.issued_at < (SELECT at FROM audit_head) OR NOT ((NEW.ground = 'check' AND NEW.action IN ('disable', 'enable', 'issue-temp-login', 'recover-username', 'resend-invite', 'secure-account', 'send-reset', 'unlock', 'update-contact') AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.ground_id AND c.patient = NEW.mrn AND c.staff = NEW.staff AND c.level = NEW.level AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND (c.outcome = 'passed' OR (c.outcome = 'held' AND NEW.action IN ('secure-account'))) AND c.level IN ('basic', 'strong') AND (c.level = 'strong' OR NEW.action NOT IN ('disable', 'enable', 'issue-temp-login', 'update-contact')) AND NOT (NEW.action IN ('enable', 'update-contact') AND c.evidence LIKE '%"code-email", "outcome": "match"%' AND c.evidence NOT LIKE '%"photo-id"%' AND c.evidence NOT LIKE '%"callback", "outcome": "attested"%' AND c.evidence NOT LIKE '%"code-phone", "outcome": "match"%')) AND (SELECT count(*) FROM permit q WHERE q.ground = 'check' AND q.ground_id = NEW.ground_id AND q.action = NEW.action) < CASE NEW.action WHEN 'resend-invite' THEN 3 WHEN 'send-reset' THEN 3 WHEN 'recover-username' THEN 3 WHEN 'update-contact' THEN 3 ELSE 1 END) OR (NEW.ground = 'approval' AND NEW.action IN ('apply-contact') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND r.decided_by IS NOT NULL AND r.decided_by = NEW.staff AND r.decided_by <> r.requested_by) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'time' AND NEW.action IN ('apply-contact') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND r.decided_by IS NULL AND r.rests_on_photo_id = 1 AND r.waits_until IS NOT NULL AND r.waits_until <= NEW.issued_at) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'redemption' AND NEW.action IN ('redeem', 'secure-account', 'unlock') AND EXISTS (SELECT 1 FROM recovery_credential k WHERE k.id = NEW.ground_id AND k.mrn = NEW.mrn AND k.redeemed_at = NEW.issued_at AND k.revoked_at IS NULL AND k.expires_at > NEW.issued_at AND ((NEW.action = 'redeem' AND k.kind IN ('invitation', 'reset', 'temp-login')) OR (NEW.action = 'unlock' AND k.kind IN ('unlock-link')) OR (NEW.action = 'secure-account' AND k.kind IN ('object-link')))) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground = 'redemption' AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'sign-in' AND NEW.action IN ('change-password', 'sign-in') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'active' AND a.password_hash IS NOT NULL AND (a.locked_until IS NULL OR a.locked_until <= NEW.issued_at))) OR (NEW.ground = 'import' AND NEW.action IN ('import-contact') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'new')) OR (NEW.ground = 'asked' AND NEW.action IN ('recover-username', 'resend-invite', 'send-reset') AND NEW.staff IS NULL) OR (NEW.ground = 'renewal' AND NEW.action IN ('renew') AND EXISTS (SELECT 1 FROM staff_member m WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit must rest on its ground'); END;
CREATE TRIGGER permit_spent_once BEFORE UPDATE ON permit FOR EACH ROW WHEN (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at OR NEW.changed_seq IS NOT OLD.changed_seq OR NEW.seal IS NOT OLD.seal OR OLD.spent_seq IS NOT NULL OR NEW.spent_seq IS NOT OLD.changed_seq OR NEW.spent_seq IS NOT (SELECT seq FROM audit_head)) AND ((OLD.spent_seq IS NOT NULL AND NEW.changed_seq = (SELECT seq FROM audit_head) AND NEW.changed_seq <> OLD.changed_seq AND NEW.spent_seq = NEW.changed_seq AND NOT (NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at)) IS NOT 1) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit is spent once, with its event'); END;
CREATE TRIGGER portal_account_born_new BEFORE INSERT ON portal_account FOR EACH ROW WHEN NEW.status IS NOT 'new' OR NEW.password_hash IS NOT NULL OR NEW.permit_id IS NOT NULL OR NEW.must_change_password IS NOT 0 OR NEW.failed_attempts IS NOT 0 OR NEW.locked_until IS NOT NULL OR NEW.activated_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'portaldesk: an account is born new, without a password'); END;
CREATE TRIGGER portal_account_guarded BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR (NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NEW.permit_id IS NOT OLD.permit_id) OR ((NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NOT (NEW.permit_id IS OLD.permit_id AND NEW.failed_attempts >= OLD.failed_attempts AND (NEW.locked_until IS OLD.locked_until OR (NEW.locked_until IS NOT NULL AND (OLD.locked_until IS NULL OR NEW.locked_until > OLD.locked_until))) AND NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at)) AND NOT (NEW.permit_id IS NOT OLD.permit_id AND EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.spent_seq IS NULL AND p.changed_seq = NEW.changed_seq AND (NOT (NEW.username IS NOT OLD.username) OR ((p.action = 'issue-temp-login' AND (OLD.username IS NULL)) OR (p.action = 'redeem' AND (OLD.username IS NULL OR OLD.activated_at IS NULL)) OR (p.action = 'renew' AND (NEW.username IS NULL)))) AND (NOT (NEW.email IS NOT OLD.email) OR ((p.action = 'apply-contact' AND (NEW.email IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'email'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.email IS NULL)))) AND (NOT (NEW.phone IS NOT OLD.phone) OR ((p.action = 'apply-contact' AND (NEW.phone IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'phone'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.phone IS NULL)))) AND (NOT (NEW.password_hash IS NOT OLD.password_hash) OR ((p.action = 'secure-account' AND (NEW.password_hash IS NULL)) OR (p.action = 'issue-temp-login' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'redeem' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'sign-in' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'change-password' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'renew' AND (NEW.password_hash IS NULL)))) AND (NOT (NEW.status IS NOT OLD.status) OR ((p.action = 'disable' AND (NEW.status = 'disabled')) OR (p.action = 'enable' AND (OLD.status IN ('disabled', 'declined') AND NEW.status = CASE WHEN OLD.activated_at IS NULL THEN 'new' ELSE 'active' END)) OR (p.action = 'redeem' AND (OLD.status = 'new' AND NEW.status = 'active')) OR (p.action = 'renew' AND (NEW.status = 'new')))) AND (NOT (NEW.must_change_password IS NOT OLD.must_change_password) OR ((p.action = 'secure-account' AND (NEW.must_change_password = 0)) OR (p.action = 'issue-temp-login' AND (NEW.must_change_password = 1)) OR (p.action = 'redeem' AND (NEW.must_change_password = 0)) OR (p.action = 'renew' AND (NEW.must_change_password = 0)))) AND (NOT (NEW.locked_until IS NOT OLD.locked_until) OR ((p.action = 'unlock' AND (NEW.locked_until IS NULL AND (p.level = 'strong' OR p.ground = 'redemption'))) OR (p.action = 'redeem' AND (NEW.locked_until IS NULL)) OR (p.action = 'sign-in' AND (NEW.locked_until IS NULL)) OR (p.action = 'change-password' AND (NEW.locked_until IS NULL)) OR (p.action = 'renew' AND (NEW.locked_until IS NULL)))) AND (NOT (NEW.failed_attempts IS NOT OLD.failed_attempts) OR ((p.action = 'redeem' AND (NEW.failed_attempts = 0)) OR (p.action = 'sign-in' AND (NEW.failed_attempts = 0)) OR (p.action = 'change-password' AND (NEW.failed_attempts = 0)) OR (p.action = 'renew' AND (NEW.failed_attempts = 0)))) AND (NOT (NEW.activated_at IS NOT OLD.activated_at) OR ((p.action = 'redeem' AND (NEW.activated_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.activated_at IS NULL)))) AND (NOT (NEW.contact_changed_at IS NOT OLD.contact_changed_at) OR ((p.action = 'apply-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'import-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.contact_changed_at IS NULL))))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no change'); END;
CREATE TRIGGER portal_account_spends AFTER UPDATE ON portal_account FOR EACH ROW WHEN NEW.permit_id IS NOT OLD.permit_id BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER recovery_credential_permitted BEFORE INSERT ON recovery_credential FOR EACH ROW WHEN NEW.redeemed_at IS NOT NULL OR NOT ((NEW.kind = 'code' AND NEW.permit_id IS NULL AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.check_id AND c.patient = NEW.mrn AND c.level IN ('basic', 'strong') AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND c.outcome IN ('passed', 'held'))) OR EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND ((p.action = 'resend-invite' AND NEW.kind IN ('invitation')) OR (p.action = 'send-reset' AND NEW.kind IN ('reset')) OR (p.action = 'unlock' AND NEW.kind IN ('unlock-link')) OR (p.action = 'issue-temp-login' AND NEW.kind IN ('temp-login')) OR (p.action = 'update-contact' AND NEW.kind IN ('confirm-code', 'confirm-link', 'object-link'))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no link or code'); END;
CREATE TRIGGER recovery_credential_not_reborn BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN OLD.redeemed_at IS NOT NULL AND NEW.redeemed_at IS NOT OLD.redeemed_at OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at OR NEW.secret_hash IS NOT OLD.secret_hash OR NEW.mrn IS NOT OLD.mrn OR NEW.kind IS NOT OLD.kind OR NEW.expires_at IS NOT OLD.expires_at OR NEW.bound_to IS NOT OLD.bound_to OR NEW.tries < OLD.tries BEGIN SELECT RAISE(ABORT, 'portaldesk: a used link stays used'); END;
CREATE TRIGGER outbox_message_permitted BEFORE INSERT ON outbox_message FOR EACH ROW WHEN NEW.kind = 'username-reminder' AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('recover-username'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no username'); END;
CREATE TRIGGER change_request_permitted BEFORE INSERT ON change_request FOR EACH ROW WHEN NEW.state <> 'awaiting-confirmation' OR NEW.confirmed_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND p.issued_at >= (SELECT at FROM audit_head) AND (p.action IN ('update-contact'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no request'); END;
CREATE TRIGGER recovery_credential_spends AFTER INSERT ON recovery_credential FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER outbox_message_spends AFTER INSERT ON outbox_message FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER change_request_spends AFTER INSERT ON change_request FOR EACH ROW WHEN EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.spent_seq IS NULL) BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER patient_keeps_its_place BEFORE UPDATE ON patient FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: patient: rows stay'); END;
CREATE TRIGGER contact_point_keeps_its_place BEFORE UPDATE ON contact_point FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: contact_point: rows stay'); END;
CREATE TRIGGER portal_account_keeps_its_place BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_account: rows stay'); END;
CREATE TRIGGER password_history_keeps_its_place BEFORE UPDATE ON password_history FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: password_history: rows stay'); END;
CREATE TRIGGER portal_session_keeps_its_place BEFORE UPDATE ON portal_session FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: portal_session: rows stay'); END;
CREATE TRIGGER staff_member_keeps_its_place BEFORE UPDATE ON staff_member FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_member: rows stay'); END;
CREATE TRIGGER staff_session_keeps_its_place BEFORE UPDATE ON staff_session FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_session: rows stay'); END;
CREATE TRIGGER staff_token_keeps_its_place BEFORE UPDATE ON staff_token FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: staff_token: rows stay'); END;
CREATE TRIGGER identity_check_keeps_its_place BEFORE UPDATE ON identity_check FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: identity_check: rows stay'); END;
CREATE TRIGGER permit_keeps_its_place BEFORE UPDATE ON permit FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: permit: rows stay'); END;
CREATE TRIGGER recovery_credential_keeps_its_place BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: recovery_credential: rows stay'); END;
CREATE TRIGGER change_request_keeps_its_place BEFORE UPDATE ON change_request FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: change_request: rows stay'); END;
CREATE TRIGGER outbox_message_keeps_its_place BEFORE UPDATE ON outbox_message FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: outbox_message: rows stay'); END;
CREATE TRIGGER settings_keeps_its_place BEFORE UPDATE ON settings FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: settings: rows stay'); END;
CREATE TRIGGER duplicate_verdict_keeps_its_place BEFORE UPDATE ON duplicate_verdict FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: duplicate_verdict: rows stay'); END;
CREATE TRIGGER audit_archive_keeps_its_place BEFORE UPDATE ON audit_archive FOR EACH ROW WHEN NEW.rowid IS NOT OLD.rowid BEGIN SELECT RAISE(ABORT, 'portaldesk: audit_archive: rows stay'); END;
COMMIT;
