BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
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
INSERT INTO "audit_event" VALUES(1,'2026-01-05T10:00:00.000000Z','rosa','init',NULL,'done','',NULL,NULL,'','{"secrets": "file"}','0000000000000000000000000000000000000000000000000000000000000000','04a0e9cfd67bd5cbea0d7497247e4825f58abe17d8b53564dd6f697a6055f979');
INSERT INTO "audit_event" VALUES(2,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-1','done','',NULL,NULL,'','{}','04a0e9cfd67bd5cbea0d7497247e4825f58abe17d8b53564dd6f697a6055f979','3f47370a413842b41ce6f426189e13737b0bb784c4ce817cfd4b0916e62c881a');
INSERT INTO "audit_event" VALUES(3,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-2','done','',NULL,NULL,'','{}','3f47370a413842b41ce6f426189e13737b0bb784c4ce817cfd4b0916e62c881a','298a45f18afb48a4674dddd0d5b00f4bb614a130867cd45b97ebd257db7648bb');
INSERT INTO "audit_event" VALUES(4,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-3','done','',NULL,NULL,'','{}','298a45f18afb48a4674dddd0d5b00f4bb614a130867cd45b97ebd257db7648bb','d2067146dde1ded7ab4de01c8fd345a8865f3f64172d0c04f57609164ffd5e1b');
INSERT INTO "audit_event" VALUES(5,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-4','done','',NULL,NULL,'','{}','d2067146dde1ded7ab4de01c8fd345a8865f3f64172d0c04f57609164ffd5e1b','318e18c11ae0ed9a311bf8f340bae07c982592cbbe21ea85f8aeecb43a0378dc');
INSERT INTO "audit_event" VALUES(6,'2026-01-05T10:00:00.000000Z','rosa','import patients','MRN-5','done','',NULL,NULL,'','{}','318e18c11ae0ed9a311bf8f340bae07c982592cbbe21ea85f8aeecb43a0378dc','56651ac6d83640309afe5b9534c225569766fca2f20183fd70f2464041e37209');
INSERT INTO "audit_event" VALUES(7,'2026-01-05T10:01:00.000000Z','rosa','login',NULL,'done','S-7bbecd5691',NULL,NULL,'','{}','56651ac6d83640309afe5b9534c225569766fca2f20183fd70f2464041e37209','ef32ea071c6609b114135996d4d1cf29007f0ee6be693226ed5035322c509f20');
INSERT INTO "audit_event" VALUES(8,'2026-01-05T10:02:00.000000Z','rosa','staff add',NULL,'done','S-rosa',NULL,NULL,'','{"name": "sam", "role": "front-desk", "token": "T-F24BEAAA"}','ef32ea071c6609b114135996d4d1cf29007f0ee6be693226ed5035322c509f20','b9015c7c4c44c47801ffa41a1880801cb8bf8c821c356c8a368f436c0b312a29');
INSERT INTO "audit_event" VALUES(9,'2026-01-05T10:03:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-DB38AEB3','basic','cannot get in','{"attested": [], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "postal-code: match"], "new": true, "wrong": 0}','b9015c7c4c44c47801ffa41a1880801cb8bf8c821c356c8a368f436c0b312a29','844d4f4f0a368f9f2655d2e8ed7ed042e95d6b002ae45916b804326ed39f685c');
INSERT INTO "audit_event" VALUES(10,'2026-01-05T10:04:00.000000Z','sam','resend-invite','MRN-1','link-sent','S-sam','C-DB38AEB3','basic','cannot get in','{"attested": [], "caller": "patient", "credential": "2ed6e42819a7496557fc4374", "ground": "check", "ground_id": "C-DB38AEB3", "messages": ["2747a9499e78acc6c5990c17"], "methods": ["birth-date", "phone", "postal-code"], "reference": "F6-60"}','844d4f4f0a368f9f2655d2e8ed7ed042e95d6b002ae45916b804326ed39f685c','b62a619cbdda6157a02ecf11da7b37a7a7bdf9ee12608418246f0ba0b3171b34');
INSERT INTO "audit_event" VALUES(11,'2026-01-05T10:06:00.000000Z',NULL,'redeem','MRN-1','done','portal',NULL,NULL,'','{"credential": "2ed6e42819a7496557fc4374", "ground": "redemption", "ground_id": "2ed6e42819a7496557fc4374", "kind": "invitation", "messages": ["ea3fa5c4a18ca6950e8a7f49"], "reference": "F6-60"}','b62a619cbdda6157a02ecf11da7b37a7a7bdf9ee12608418246f0ba0b3171b34','220edd00c673727766a947c99dbe1f7abfd5726b36223bc05b387c8e62814246');
INSERT INTO "audit_event" VALUES(12,'2026-01-05T10:08:00.000000Z','sam','verify-identity','MRN-2','passed','S-sam','C-1FE07B01','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','220edd00c673727766a947c99dbe1f7abfd5726b36223bc05b387c8e62814246','5483899bacc9245f2d244e0bb255d99e802a058bc7ec2f817b861500a05fd1c2');
INSERT INTO "audit_event" VALUES(13,'2026-01-05T10:09:00.000000Z','sam','update-contact','MRN-2','waiting','S-sam','C-1FE07B01','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "ac715d34dd29a52d32e198a9", "ground": "check", "ground_id": "C-1FE07B01", "kind": "email", "messages": ["29981cecec5d4f124b06b2ec", "4509d05bd3926ee81d272a6e"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "M6-96", "request": "R-D8A9D5"}','5483899bacc9245f2d244e0bb255d99e802a058bc7ec2f817b861500a05fd1c2','d8a00c9924a1e9f2778954de8621d7488484332b5dd9ac12b287d24c8bea6b14');
INSERT INTO "audit_event" VALUES(14,'2026-01-05T10:10:00.000000Z','sam','verify-identity','MRN-1','passed','S-sam','C-4E092115','strong','cannot get in','{"attested": ["photo-id"], "by": null, "caller": "patient", "methods": ["birth-date: match", "phone: match", "photo-id: attested", "postal-code: match"], "new": true, "wrong": 0}','d8a00c9924a1e9f2778954de8621d7488484332b5dd9ac12b287d24c8bea6b14','072c3ae6c7c6b9d80433764e3bfd2daad8690352d5b33647a73de6574082c731');
INSERT INTO "audit_event" VALUES(15,'2026-01-05T10:11:00.000000Z','sam','send-reset','MRN-1','link-sent','S-sam','C-4E092115','strong','cannot get in','{"attested": ["photo-id"], "caller": "patient", "credential": "345bfcd7c373c8e0ccf31fd9", "ground": "check", "ground_id": "C-4E092115", "messages": ["b4e04f402bdcefb9db9cfe1b"], "methods": ["birth-date", "phone", "photo-id", "postal-code"], "reference": "F8-36"}','072c3ae6c7c6b9d80433764e3bfd2daad8690352d5b33647a73de6574082c731','0250042eedfb16caeaa05cdf7f75918ec9b7a91081e33dca5110b032f836e475');
INSERT INTO "audit_event" VALUES(16,'2026-01-05T10:12:00.000000Z','sam','disable','MRN-3','refused','S-sam',NULL,NULL,'','{"code": "check-required"}','0250042eedfb16caeaa05cdf7f75918ec9b7a91081e33dca5110b032f836e475','3947a54d9f4780cd6bb2dcabeda9606f9ec7b0498ae11c0ffa7220b1124b3a47');
CREATE TABLE audit_head (
	id INTEGER NOT NULL, 
	seq INTEGER NOT NULL, 
	at VARCHAR(27) NOT NULL, 
	hash VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit_head" VALUES(1,16,'2026-01-05T10:12:00.000000Z','3947a54d9f4780cd6bb2dcabeda9606f9ec7b0498ae11c0ffa7220b1124b3a47');
CREATE TABLE audit_seal (
	row_key VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	seal VARCHAR NOT NULL, 
	PRIMARY KEY (row_key, seq)
)
 WITHOUT ROWID

;
INSERT INTO "audit_seal" VALUES('change_request:R-D8A9D5',13,'7297ab0b85ed68684b9eefe21d1435d65d14921f8df293a58bc2a58cd762d4b5');
INSERT INTO "audit_seal" VALUES('contact_point:email-1',2,'bb6a9ac91342f1143dec6d64be0f018a5076e3b81070f56408891a3e4d711c43');
INSERT INTO "audit_seal" VALUES('contact_point:email-2',3,'289f865300d5c252b5e0ed7819bd1c8d0cfbcf23366d790aeb4d5e719269cc40');
INSERT INTO "audit_seal" VALUES('contact_point:email-3',4,'9fcf71498ca77a4a1678b01d0a2552a580d1b84d0a64cb3afa573422d0c1f947');
INSERT INTO "audit_seal" VALUES('contact_point:email-4',5,'4a10ee6ad273c6882187a95c06cdc5701c6ca6dbc2f7d7a633b4f9b9223372f3');
INSERT INTO "audit_seal" VALUES('contact_point:email-5',6,'660ac1e6d238200c63a2958a395234eb736eeef9c70cb1312768cb0a6e6748cb');
INSERT INTO "audit_seal" VALUES('contact_point:phone-1',2,'178c98df5815db5e9e6fc4ff38e8b19f44fda55d2b3c811d98bd75504d391173');
INSERT INTO "audit_seal" VALUES('contact_point:phone-2',3,'92ca1c887d29ca1d6c1dc10791abb8b4c2521e1e784391feffadf040b4d49bce');
INSERT INTO "audit_seal" VALUES('contact_point:phone-3',4,'6676b72d9977b082e0f540bfdd44afa973f7082b8a789ad5c5027ecf828160e8');
INSERT INTO "audit_seal" VALUES('contact_point:phone-4',5,'eea984286bd7dfdb5fa86168672cbde0a11c8ba38bb65ee758d8fcf759ed3cd2');
INSERT INTO "audit_seal" VALUES('contact_point:phone-5',6,'58d2b3c504a7ecf349b380d8db6e53d2d7befa33751b2a1af1c19669b11a4bb9');
INSERT INTO "audit_seal" VALUES('identity_check:C-1FE07B01',12,'7059b3844151932002fa3825f18ceefada4c79eda22257560a556c50f196fbdc');
INSERT INTO "audit_seal" VALUES('identity_check:C-1FE07B01',14,'34a48e787c6d8cea72a9edd6a7c93471cc8b1775145dacb2f86d5d0335c01978');
INSERT INTO "audit_seal" VALUES('identity_check:C-4E092115',14,'ac9780efb1ab28d31f9c6176f5c590082e3122fb4eccc05bff7f2c13fe0fb09d');
INSERT INTO "audit_seal" VALUES('identity_check:C-DB38AEB3',9,'bcf7e52e910205d4a4d6386211ea74f41df6eedafe7bf0a5146cb87e6d0e4814');
INSERT INTO "audit_seal" VALUES('identity_check:C-DB38AEB3',12,'9b2e88023c0a5906f5d86fdd474112f972e72b023af9fabb51bd9041d05c7fc3');
INSERT INTO "audit_seal" VALUES('outbox_message:2747a9499e78acc6c5990c17',10,'edf8d683b1bf4d007e4df3abfc3c06c4468e1403833c4f9adb5b82dcc16a7bad');
INSERT INTO "audit_seal" VALUES('outbox_message:29981cecec5d4f124b06b2ec',13,'50601278be41486237aeac7dbdcb4ce6c228560da9c4cc4304c6c8758c6a450b');
INSERT INTO "audit_seal" VALUES('outbox_message:4509d05bd3926ee81d272a6e',13,'f181d2d5723a6a8d650b798718053f745d5a5948d94fdec2389462310937577a');
INSERT INTO "audit_seal" VALUES('outbox_message:b4e04f402bdcefb9db9cfe1b',15,'e3627aabfa5edd783351bea58da90dd124bea79b0157780926c34662ca04bf32');
INSERT INTO "audit_seal" VALUES('outbox_message:ea3fa5c4a18ca6950e8a7f49',11,'d72560515675553c4efc9c4256c538f3b0c234fb8369f25a3b31179bcc510a23');
INSERT INTO "audit_seal" VALUES('password_history:81c582a59eda56e4',11,'824b6e375218f1992340375d2c10dfc811fbc13973c928b09cac6da303329b36');
INSERT INTO "audit_seal" VALUES('patient:MRN-1',2,'29c09a45821bc1f2254b1245423f6d2e65619e757badb2432c04a68743c2bbde');
INSERT INTO "audit_seal" VALUES('patient:MRN-2',3,'dd965c6037c8e83fefc564066b50e035b08a3eb78530a1e266a36cbe22436f04');
INSERT INTO "audit_seal" VALUES('patient:MRN-3',4,'372becd949f17428913aa0f7f533c98d13e1014a37e2be1e78c606bacbb474ed');
INSERT INTO "audit_seal" VALUES('patient:MRN-4',5,'61a32cc0052dc859add5e9e32be3e2794c0f00f3ede0075bb64d90fe9e070178');
INSERT INTO "audit_seal" VALUES('patient:MRN-5',6,'90c3a311e4008447b30d4054a785e4286a1c733ac1891096d48d9a7cb9cfa93d');
INSERT INTO "audit_seal" VALUES('permit:35028ae816a33a4c',13,'f31de2af4f309685d41c040aa43c1d7468df4af76d4c1f5d12667731e6f00890');
INSERT INTO "audit_seal" VALUES('permit:b785cfe011b0750d',11,'bca8282c8026b9986f2263f97b902f693b9cb01233e1eaa6d92d0c8e59424fcd');
INSERT INTO "audit_seal" VALUES('permit:d030becf61639011',15,'ddcbc123f609674e947c1fa843294b0fda78182a520e08fdde1054654bac0173');
INSERT INTO "audit_seal" VALUES('permit:d72387e76378c66a',10,'a45c598cacf4b3d6b759cdd464f9e03f1418ca30c0a41ad27eddf5cff6f25ba4');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',2,'ca794d5c9f8fdbf54615487044cb189fd5bc7a9e04e4a6f040e10792d39fed59');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-1',11,'14bd52456f0c13bf4062b8f94dd91ccc69c8fd02791a884cbdaf3c6e5e9a1469');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-2',3,'06262f94d585b6bfe4216cca743bb64cb6bfed9ccb2abcb2d50ec80a49ebcc8f');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-3',4,'2865e0ea477e052214c9c0df2f2b185622a38a6b049b8aa6b32476dd58334e08');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-4',5,'7ea56e5941f383e0845345f887f15738dfb262e2ee8f86a223f1ff0e18551b5d');
INSERT INTO "audit_seal" VALUES('portal_account:MRN-5',6,'c952f2e40c8bd472a159007f4bbfcadbcb7e4d42bf7cd496b9ee1d27122e5baa');
INSERT INTO "audit_seal" VALUES('recovery_credential:2ed6e42819a7496557fc4374',10,'749609a36e1ba146a76401c304056d2ffd7df1c2ec786cd6a0d7127187537bb3');
INSERT INTO "audit_seal" VALUES('recovery_credential:2ed6e42819a7496557fc4374',11,'3828ba83ea6e3ba9614437b03946c7a6184b6c5de254710410f14200fcc5e980');
INSERT INTO "audit_seal" VALUES('recovery_credential:345bfcd7c373c8e0ccf31fd9',15,'10e847d70ba7060e56b23cc1dd5fb04695baf1a76702a99cb28f66b240e201a6');
INSERT INTO "audit_seal" VALUES('recovery_credential:43568c4402b3303019d93877',13,'b3cef0ecb3063d9d20db161c4e9fcef544326d05779dcec1fe47bebd258ff4e2');
INSERT INTO "audit_seal" VALUES('recovery_credential:5aa30803d7ba55d5a1642d1e',13,'0d7486a63f109e412016b6d77a44da4ac999967c8d9ed457b9c5dad152edcc96');
INSERT INTO "audit_seal" VALUES('recovery_credential:ac715d34dd29a52d32e198a9',13,'f9ae7da5bbd4f98cbfa927e7783552376b3b815de757d55331cc408fa7e94329');
INSERT INTO "audit_seal" VALUES('settings:1',1,'efb540f365dacd0aecad319c465ebe437e3fdee194442c4f9a22b86c0eec1cff');
INSERT INTO "audit_seal" VALUES('staff_member:rosa',1,'6a0ad4fd559c35ac94f520955b8c8323e51ac6b430ed6c7dea58e4b22b2a7836');
INSERT INTO "audit_seal" VALUES('staff_member:sam',8,'f8c13c79b1fb06c9539af8000218fdbd19c3d0334cee59c37260871e0a5b9915');
INSERT INTO "audit_seal" VALUES('staff_session:S-7bbecd5691',7,'729193468d0fc810b530728f7a663a46c1f83ebb34df24cc1efbe944cfc25131');
INSERT INTO "audit_seal" VALUES('staff_token:T-F24BEAAA',8,'49b97dcdf96df2c735c80817ae619bfeddc25033b90d1f57280abfac84832add');
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
INSERT INTO "change_request" VALUES(13,'7297ab0b85ed68684b9eefe21d1435d65d14921f8df293a58bc2a58cd762d4b5','R-D8A9D5','MRN-2','email','new2@example.org','awaiting-confirmation','C-1FE07B01','35028ae816a33a4c','sam','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z',1,1,NULL,'','2026-01-05T10:09:00.000000Z',NULL,NULL,NULL,'',NULL);
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
INSERT INTO "contact_point" VALUES(2,'bb6a9ac91342f1143dec6d64be0f018a5076e3b81070f56408891a3e4d711c43','email-1','MRN-1','email','zoe1@example.org','zoe1@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(2,'178c98df5815db5e9e6fc4ff38e8b19f44fda55d2b3c811d98bd75504d391173','phone-1','MRN-1','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(3,'289f865300d5c252b5e0ed7819bd1c8d0cfbcf23366d790aeb4d5e719269cc40','email-2','MRN-2','email','zoe2@example.org','zoe2@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(3,'92ca1c887d29ca1d6c1dc10791abb8b4c2521e1e784391feffadf040b4d49bce','phone-2','MRN-2','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(4,'9fcf71498ca77a4a1678b01d0a2552a580d1b84d0a64cb3afa573422d0c1f947','email-3','MRN-3','email','zoe3@example.org','zoe3@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(4,'6676b72d9977b082e0f540bfdd44afa973f7082b8a789ad5c5027ecf828160e8','phone-3','MRN-3','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(5,'4a10ee6ad273c6882187a95c06cdc5701c6ca6dbc2f7d7a633b4f9b9223372f3','email-4','MRN-4','email','zoe4@example.org','zoe4@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(5,'eea984286bd7dfdb5fa86168672cbde0a11c8ba38bb65ee758d8fcf759ed3cd2','phone-4','MRN-4','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(6,'660ac1e6d238200c63a2958a395234eb736eeef9c70cb1312768cb0a6e6748cb','email-5','MRN-5','email','zoe5@example.org','zoe5@example.org','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
INSERT INTO "contact_point" VALUES(6,'58d2b3c504a7ecf349b380d8db6e53d2d7befa33751b2a1af1c19669b11a4bb9','phone-5','MRN-5','phone','+15559078526','+15559078526','record','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','record',NULL,0,0,1);
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
INSERT INTO "identity_check" VALUES(12,'9b2e88023c0a5906f5d86fdd474112f972e72b023af9fabb51bd9041d05c7fc3','C-DB38AEB3','MRN-1','sam','S-sam','patient','cannot get in','passed','basic','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:03:00.000000Z','2026-01-05T10:18:00.000000Z','2026-01-05T10:08:00.000000Z','next check',NULL);
INSERT INTO "identity_check" VALUES(14,'34a48e787c6d8cea72a9edd6a7c93471cc8b1775145dacb2f86d5d0335c01978','C-1FE07B01','MRN-2','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "driver licence"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:08:00.000000Z','2026-01-05T10:23:00.000000Z','2026-01-05T10:10:00.000000Z','next check',NULL);
INSERT INTO "identity_check" VALUES(14,'ac9780efb1ab28d31f9c6176f5c590082e3122fb4eccc05bff7f2c13fe0fb09d','C-4E092115','MRN-1','sam','S-sam','patient','cannot get in','passed','strong','[{"method": "birth-date", "outcome": "match"}, {"method": "postal-code", "outcome": "match"}, {"method": "phone", "outcome": "match"}, {"method": "photo-id", "outcome": "attested", "note": "passport"}]',0,'["phone", "email", "last-visit", "birth-date", "postal-code"]','[]',NULL,'2026-01-05T10:10:00.000000Z','2026-01-05T10:25:00.000000Z',NULL,'',NULL);
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
INSERT INTO "outbox_message" VALUES(10,'edf8d683b1bf4d007e4df3abfc3c06c4468e1403833c4f9adb5b82dcc16a7bad','2747a9499e78acc6c5990c17','invitation','MRN-1','zoe1@example.org','2ed6e42819a7496557fc4374','d72387e76378c66a','{}','2026-01-05T10:04:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(11,'d72560515675553c4efc9c4256c538f3b0c234fb8369f25a3b31179bcc510a23','ea3fa5c4a18ca6950e8a7f49','changed','MRN-1','zoe1@example.org',NULL,'b785cfe011b0750d','{"what": "activated", "at_desk": false}','2026-01-05T10:06:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'50601278be41486237aeac7dbdcb4ce6c228560da9c4cc4304c6c8758c6a450b','29981cecec5d4f124b06b2ec','confirm-code','MRN-2','new2@example.org','ac715d34dd29a52d32e198a9','35028ae816a33a4c','{"kind": "email", "link": "5aa30803d7ba55d5a1642d1e"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(13,'f181d2d5723a6a8d650b798718053f745d5a5948d94fdec2389462310937577a','4509d05bd3926ee81d272a6e','contact-changing','MRN-2','zoe2@example.org','43568c4402b3303019d93877','35028ae816a33a4c','{"kind": "email"}','2026-01-05T10:09:00.000000Z',NULL,'',0,NULL,'','');
INSERT INTO "outbox_message" VALUES(15,'e3627aabfa5edd783351bea58da90dd124bea79b0157780926c34662ca04bf32','b4e04f402bdcefb9db9cfe1b','reset','MRN-1','zoe1@example.org','345bfcd7c373c8e0ccf31fd9','d030becf61639011','{}','2026-01-05T10:11:00.000000Z',NULL,'',0,NULL,'','');
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
INSERT INTO "password_history" VALUES(11,'824b6e375218f1992340375d2c10dfc811fbc13973c928b09cac6da303329b36','81c582a59eda56e4','MRN-1','p1$$2b$12$jetA2dliV9lbvC6KkskAqeGwSO/yf58fARHFSCgxF6cLIpwl55rVW','2026-01-05T10:06:00.000000Z');
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
INSERT INTO "patient" VALUES(2,'29c09a45821bc1f2254b1245423f6d2e65619e757badb2432c04a68743c2bbde','MRN-1','Zoë','Reynolds1','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(3,'dd965c6037c8e83fefc564066b50e035b08a3eb78530a1e266a36cbe22436f04','MRN-2','Zoë','Reynolds2','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(4,'372becd949f17428913aa0f7f533c98d13e1014a37e2be1e78c606bacbb474ed','MRN-3','Zoë','Reynolds3','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(5,'61a32cc0052dc859add5e9e32be3e2794c0f00f3ede0075bb64d90fe9e070178','MRN-4','Zoë','Reynolds4','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
INSERT INTO "patient" VALUES(6,'90c3a311e4008447b30d4054a785e4286a1c733ac1891096d48d9a7cb9cfa93d','MRN-5','Zoë','Reynolds5','[]','1952-07-15','unknown','','','67124','',NULL,'active',NULL,'2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z','2025-10-21T10:00:00.000000Z');
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
INSERT INTO "permit" VALUES(10,'a45c598cacf4b3d6b759cdd464f9e03f1418ca30c0a41ad27eddf5cff6f25ba4','d72387e76378c66a','MRN-1','resend-invite','check','C-DB38AEB3','basic','sam','2026-01-05T10:04:00.000000Z',10);
INSERT INTO "permit" VALUES(11,'bca8282c8026b9986f2263f97b902f693b9cb01233e1eaa6d92d0c8e59424fcd','b785cfe011b0750d','MRN-1','redeem','redemption','2ed6e42819a7496557fc4374','none',NULL,'2026-01-05T10:06:00.000000Z',11);
INSERT INTO "permit" VALUES(13,'f31de2af4f309685d41c040aa43c1d7468df4af76d4c1f5d12667731e6f00890','35028ae816a33a4c','MRN-2','update-contact','check','C-1FE07B01','strong','sam','2026-01-05T10:09:00.000000Z',13);
INSERT INTO "permit" VALUES(15,'ddcbc123f609674e947c1fa843294b0fda78182a520e08fdde1054654bac0173','d030becf61639011','MRN-1','send-reset','check','C-4E092115','strong','sam','2026-01-05T10:11:00.000000Z',15);
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
INSERT INTO "portal_account" VALUES(11,'14bd52456f0c13bf4062b8f94dd91ccc69c8fd02791a884cbdaf3c6e5e9a1469','MRN-1','zoe.one','zoe1@example.org','+15559078526','p1$$2b$12$jetA2dliV9lbvC6KkskAqeGwSO/yf58fARHFSCgxF6cLIpwl55rVW','active',0,NULL,0,'2026-01-05T10:06:00.000000Z',NULL,'b785cfe011b0750d');
INSERT INTO "portal_account" VALUES(3,'06262f94d585b6bfe4216cca743bb64cb6bfed9ccb2abcb2d50ec80a49ebcc8f','MRN-2',NULL,'zoe2@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(4,'2865e0ea477e052214c9c0df2f2b185622a38a6b049b8aa6b32476dd58334e08','MRN-3',NULL,'zoe3@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(5,'7ea56e5941f383e0845345f887f15738dfb262e2ee8f86a223f1ff0e18551b5d','MRN-4',NULL,'zoe4@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
INSERT INTO "portal_account" VALUES(6,'c952f2e40c8bd472a159007f4bbfcadbcb7e4d42bf7cd496b9ee1d27122e5baa','MRN-5',NULL,'zoe5@example.org','+15559078526',NULL,'new',0,NULL,0,NULL,NULL,NULL);
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
INSERT INTO "recovery_credential" VALUES(11,'3828ba83ea6e3ba9614437b03946c7a6184b6c5de254710410f14200fcc5e980','2ed6e42819a7496557fc4374','invitation','MRN-1','F6-60','b8eea6c237c7a48eaf42533479a5c476c34029643b8f90b9284d2038a437c5d2','2026-01-05T10:04:00.000000Z','2026-01-06T10:04:00.000000Z','669a67f0964fe95ba0a2fbbdb144c4a08194a43dd8455760238996ed6adf9e61','zoe1@example.org','C-DB38AEB3',NULL,'d72387e76378c66a',NULL,0,NULL,'2026-01-05T10:06:00.000000Z',NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'f9ae7da5bbd4f98cbfa927e7783552376b3b815de757d55331cc408fa7e94329','ac715d34dd29a52d32e198a9','confirm-code','MRN-2','M6-96','p1$$2b$10$/twWlzT4z8Kli1gCREou6Ou4BbZ5f47C2U9Cn6HtyPa6G5KjrGzuG','2026-01-05T10:09:00.000000Z','2026-01-05T10:19:00.000000Z','R-D8A9D5','new2@example.org',NULL,'R-D8A9D5','35028ae816a33a4c',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'0d7486a63f109e412016b6d77a44da4ac999967c8d9ed457b9c5dad152edcc96','5aa30803d7ba55d5a1642d1e','confirm-link','MRN-2','F6-76','34b6e65abdd79f5d401fc3d7dc26fe11d325c7eebe687ae37ec24c072de9c1a9','2026-01-05T10:09:00.000000Z','2026-01-06T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','new2@example.org',NULL,'R-D8A9D5','35028ae816a33a4c',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(13,'b3cef0ecb3063d9d20db161c4e9fcef544326d05779dcec1fe47bebd258ff4e2','43568c4402b3303019d93877','object-link','MRN-2','K8-16','ee40703c4d158ab85d1341c17fbf098c7ed016b6fb792c27eb894d03219ccd14','2026-01-05T10:09:00.000000Z','2026-01-12T10:09:00.000000Z','a28796e13a6fed3aaab40902789fff838a44fdee0533c5a984a32adeafa6ad60','zoe2@example.org',NULL,'R-D8A9D5','35028ae816a33a4c',NULL,0,NULL,NULL,NULL,NULL);
INSERT INTO "recovery_credential" VALUES(15,'10e847d70ba7060e56b23cc1dd5fb04695baf1a76702a99cb28f66b240e201a6','345bfcd7c373c8e0ccf31fd9','reset','MRN-1','F8-36','88243fc836cb6dbef96a2130a4a1e7acd42492a71d1ae6d13d54cd52d8eca7ec','2026-01-05T10:11:00.000000Z','2026-01-05T11:11:00.000000Z','9f93bdd2739af0da244b87df6d892128c41be786890aaf7b40c665f14b4e202e','zoe1@example.org','C-4E092115',NULL,'d030becf61639011',NULL,0,NULL,NULL,NULL,NULL);
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
INSERT INTO "settings" VALUES(1,'efb540f365dacd0aecad319c465ebe437e3fdee194442c4f9a22b86c0eec1cff',1,'f189f18d5302','2026-01-05T10:00:00.000000Z','{}',NULL);
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
INSERT INTO "staff_member" VALUES(1,'6a0ad4fd559c35ac94f520955b8c8323e51ac6b430ed6c7dea58e4b22b2a7836','rosa','admin','active','p1$$2b$12$3ugHqJXoW6TKhoyMIVbObeYmveo1zwYxZc7RHe0YDkzI04PpD5.WO',0,0,NULL,'rosa','2026-01-05T10:00:00.000000Z',NULL,'[]');
INSERT INTO "staff_member" VALUES(8,'f8c13c79b1fb06c9539af8000218fdbd19c3d0334cee59c37260871e0a5b9915','sam','front-desk','active','p1$$2b$12$Uv.v5DdMawaONKA4NQBWvOMo5NiAwFBiCsQTM.eFgdbyFlQ6HmtKC',1,0,NULL,'rosa','2026-01-05T10:02:00.000000Z',NULL,'[]');
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
INSERT INTO "staff_session" VALUES(7,'729193468d0fc810b530728f7a663a46c1f83ebb34df24cc1efbe944cfc25131','S-7bbecd5691','rosa','0','e4b83c4d264bdb45052ac9ee529b1989cea4928e6ad8d383a9a2570382b4aa14','2026-01-05T10:01:00.000000Z',NULL,'');
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
INSERT INTO "staff_token" VALUES(8,'49b97dcdf96df2c735c80817ae619bfeddc25033b90d1f57280abfac84832add','T-F24BEAAA','sam','4c6d1aab7582445c11487dfe10ccce29d49cdac1f4df5cb3695f7d272d88557e','rosa','2026-01-05T10:02:00.000000Z','2026-04-05T10:02:00.000000Z','[]',NULL);
CREATE INDEX ix_audit_action ON audit_event (action, seq);
CREATE INDEX ix_audit_at ON audit_event (at);
CREATE INDEX ix_audit_patient ON audit_event (patient, seq);
CREATE INDEX ix_audit_session ON audit_event (session, seq);
CREATE INDEX ix_audit_staff ON audit_event (staff, seq);
CREATE INDEX ix_audit_seal_seq ON audit_seal (seq);
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
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_seal_no_update BEFORE UPDATE ON audit_seal FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never edited'); END;
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_seal_no_delete BEFORE DELETE ON audit_seal FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW WHEN 1 BEGIN SELECT RAISE(ABORT, 'portaldesk: the record is never shortened'); END;
CREATE TRIGGER audit_event_next BEFORE INSERT ON audit_event FOR EACH ROW WHEN NOT EXISTS (SELECT 1 FROM audit_head h WHERE NEW.seq = h.seq + 1 AND NEW.prev_hash = h.hash AND NEW.at >= h.at) OR EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: an event must be the next of the head'); END;
CREATE TRIGGER audit_event_moves_head AFTER INSERT ON audit_event FOR EACH ROW BEGIN UPDATE audit_head SET seq = NEW.seq, at = NEW.at, hash = NEW.hash; END;
CREATE TRIGGER audit_head_follows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN NEW.id IS NOT OLD.id OR NEW.seq IS NOT OLD.seq + 1 OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.seq = NEW.seq AND e.hash = NEW.hash AND e.at = NEW.at) BEGIN SELECT RAISE(ABORT, 'portaldesk: the head follows the record'); END;
CREATE TRIGGER audit_head_only_one BEFORE INSERT ON audit_head FOR EACH ROW WHEN EXISTS (SELECT 1 FROM audit_head) BEGIN SELECT RAISE(ABORT, 'portaldesk: one head'); END;
CREATE TRIGGER audit_seal_before_event BEFORE INSERT ON audit_seal FOR EACH ROW WHEN NEW.seq <= (SELECT seq FROM audit_head) OR EXISTS (SELECT 1 FROM audit_seal s WHERE s.row_key = NEW.row_key AND s.seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'portaldesk: a seal belongs to an event yet to come'); END;
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
CREATE TRIGGER permit_has_ground BEFORE INSERT ON permit FOR EACH ROW WHEN NEW.spent_seq IS NOT NULL OR NEW.changed_seq IS NOT (SELECT seq FROM audit_head) OR NEW.issued_at < (SELECT at FROM audit_head) OR NOT ((NEW.ground = 'check' AND NEW.action IN ('disable', 'enable', 'issue-temp-login', 'recover-username', 'resend-invite', 'secure-account', 'send-reset', 'unlock', 'update-contact') AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.ground_id AND c.patient = NEW.mrn AND c.staff = NEW.staff AND c.level = NEW.level AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND (c.outcome = 'passed' OR (c.outcome = 'held' AND NEW.action IN ('secure-account'))) AND c.level IN ('basic', 'strong') AND (c.level = 'strong' OR NEW.action NOT IN ('disable', 'enable', 'issue-temp-login', 'update-contact')) AND NOT (NEW.action IN ('enable', 'update-contact') AND c.evidence LIKE '%"code-email", "outcome": "match"%' AND c.evidence NOT LIKE '%"photo-id"%' AND c.evidence NOT LIKE '%"callback", "outcome": "attested"%' AND c.evidence NOT LIKE '%"code-phone", "outcome": "match"%')) AND (SELECT count(*) FROM permit q WHERE q.ground = 'check' AND q.ground_id = NEW.ground_id AND q.action = NEW.action) < CASE NEW.action WHEN 'resend-invite' THEN 3 WHEN 'send-reset' THEN 3 WHEN 'recover-username' THEN 3 WHEN 'update-contact' THEN 3 ELSE 1 END) OR (NEW.ground = 'approval' AND NEW.action IN ('apply-contact') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND r.decided_by IS NOT NULL AND r.decided_by = NEW.staff AND r.decided_by <> r.requested_by) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'time' AND NEW.action IN ('apply-contact') AND EXISTS (SELECT 1 FROM change_request r WHERE r.id = NEW.ground_id AND r.mrn = NEW.mrn AND r.state = 'effective' AND r.confirmed_at IS NOT NULL AND r.expires_at > NEW.issued_at AND r.decided_by IS NULL AND r.rests_on_photo_id = 1 AND r.waits_until IS NOT NULL AND r.waits_until <= NEW.issued_at) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground IN ('approval', 'time') AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'redemption' AND NEW.action IN ('redeem', 'secure-account', 'unlock') AND EXISTS (SELECT 1 FROM recovery_credential k WHERE k.id = NEW.ground_id AND k.mrn = NEW.mrn AND k.redeemed_at = NEW.issued_at AND k.revoked_at IS NULL AND k.expires_at > NEW.issued_at AND ((NEW.action = 'redeem' AND k.kind IN ('invitation', 'reset', 'temp-login')) OR (NEW.action = 'unlock' AND k.kind IN ('unlock-link')) OR (NEW.action = 'secure-account' AND k.kind IN ('object-link')))) AND NOT EXISTS (SELECT 1 FROM permit q WHERE q.ground = 'redemption' AND q.ground_id = NEW.ground_id)) OR (NEW.ground = 'sign-in' AND NEW.action IN ('change-password', 'sign-in') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'active' AND a.password_hash IS NOT NULL AND (a.locked_until IS NULL OR a.locked_until <= NEW.issued_at))) OR (NEW.ground = 'import' AND NEW.action IN ('import-contact') AND EXISTS (SELECT 1 FROM portal_account a WHERE a.mrn = NEW.mrn AND a.status = 'new')) OR (NEW.ground = 'asked' AND NEW.action IN ('recover-username', 'resend-invite', 'send-reset') AND NEW.staff IS NULL) OR (NEW.ground = 'renewal' AND NEW.action IN ('renew') AND EXISTS (SELECT 1 FROM staff_member m WHERE m.name = NEW.staff AND m.role = 'admin' AND m.status = 'active'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit must rest on its ground'); END;
CREATE TRIGGER permit_spent_once BEFORE UPDATE ON permit FOR EACH ROW WHEN NEW.changed_seq IS NOT OLD.changed_seq OR NEW.id IS NOT OLD.id OR NEW.mrn IS NOT OLD.mrn OR NEW.action IS NOT OLD.action OR NEW.ground IS NOT OLD.ground OR NEW.ground_id IS NOT OLD.ground_id OR NEW.level IS NOT OLD.level OR NEW.staff IS NOT OLD.staff OR NEW.issued_at IS NOT OLD.issued_at OR NEW.seal IS NOT OLD.seal OR OLD.spent_seq IS NOT NULL OR NEW.spent_seq IS NOT OLD.changed_seq OR NEW.spent_seq IS NOT (SELECT seq FROM audit_head) BEGIN SELECT RAISE(ABORT, 'portaldesk: a permit is spent once, with its event'); END;
CREATE TRIGGER portal_account_born_new BEFORE INSERT ON portal_account FOR EACH ROW WHEN NEW.status IS NOT 'new' OR NEW.password_hash IS NOT NULL OR NEW.permit_id IS NOT NULL OR NEW.must_change_password IS NOT 0 OR NEW.failed_attempts IS NOT 0 OR NEW.locked_until IS NOT NULL OR NEW.activated_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'portaldesk: an account is born new, without a password'); END;
CREATE TRIGGER portal_account_guarded BEFORE UPDATE ON portal_account FOR EACH ROW WHEN NEW.mrn IS NOT OLD.mrn OR (NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NEW.permit_id IS NOT OLD.permit_id) OR ((NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.locked_until IS NOT OLD.locked_until OR NEW.failed_attempts IS NOT OLD.failed_attempts OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at) AND NOT (NEW.permit_id IS OLD.permit_id AND NEW.failed_attempts >= OLD.failed_attempts AND (NEW.locked_until IS OLD.locked_until OR (NEW.locked_until IS NOT NULL AND (OLD.locked_until IS NULL OR NEW.locked_until > OLD.locked_until))) AND NOT (NEW.username IS NOT OLD.username OR NEW.email IS NOT OLD.email OR NEW.phone IS NOT OLD.phone OR NEW.password_hash IS NOT OLD.password_hash OR NEW.status IS NOT OLD.status OR NEW.must_change_password IS NOT OLD.must_change_password OR NEW.activated_at IS NOT OLD.activated_at OR NEW.contact_changed_at IS NOT OLD.contact_changed_at)) AND NOT (NEW.permit_id IS NOT OLD.permit_id AND EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.spent_seq IS NULL AND p.changed_seq = NEW.changed_seq AND (NOT (NEW.username IS NOT OLD.username) OR ((p.action = 'issue-temp-login' AND (OLD.username IS NULL)) OR (p.action = 'redeem' AND (OLD.username IS NULL OR OLD.activated_at IS NULL)) OR (p.action = 'renew' AND (NEW.username IS NULL)))) AND (NOT (NEW.email IS NOT OLD.email) OR ((p.action = 'apply-contact' AND (NEW.email IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'email'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.email IS NULL)))) AND (NOT (NEW.phone IS NOT OLD.phone) OR ((p.action = 'apply-contact' AND (NEW.phone IS (SELECT r.new_value FROM change_request r WHERE r.id = p.ground_id AND r.kind = 'phone'))) OR (p.action = 'import-contact' AND (OLD.status = 'new')) OR (p.action = 'renew' AND (NEW.phone IS NULL)))) AND (NOT (NEW.password_hash IS NOT OLD.password_hash) OR ((p.action = 'secure-account' AND (NEW.password_hash IS NULL)) OR (p.action = 'issue-temp-login' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'redeem' AND (NEW.password_hash IS NOT NULL)) OR (p.action = 'sign-in' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'change-password' AND (NEW.password_hash IS NOT NULL AND OLD.password_hash IS NOT NULL)) OR (p.action = 'renew' AND (NEW.password_hash IS NULL)))) AND (NOT (NEW.status IS NOT OLD.status) OR ((p.action = 'disable' AND (NEW.status = 'disabled')) OR (p.action = 'enable' AND (OLD.status IN ('disabled', 'declined') AND NEW.status = CASE WHEN OLD.activated_at IS NULL THEN 'new' ELSE 'active' END)) OR (p.action = 'redeem' AND (OLD.status = 'new' AND NEW.status = 'active')) OR (p.action = 'renew' AND (NEW.status = 'new')))) AND (NOT (NEW.must_change_password IS NOT OLD.must_change_password) OR ((p.action = 'secure-account' AND (NEW.must_change_password = 0)) OR (p.action = 'issue-temp-login' AND (NEW.must_change_password = 1)) OR (p.action = 'redeem' AND (NEW.must_change_password = 0)) OR (p.action = 'renew' AND (NEW.must_change_password = 0)))) AND (NOT (NEW.locked_until IS NOT OLD.locked_until) OR ((p.action = 'unlock' AND (NEW.locked_until IS NULL AND (p.level = 'strong' OR p.ground = 'redemption'))) OR (p.action = 'redeem' AND (NEW.locked_until IS NULL)) OR (p.action = 'sign-in' AND (NEW.locked_until IS NULL)) OR (p.action = 'change-password' AND (NEW.locked_until IS NULL)) OR (p.action = 'renew' AND (NEW.locked_until IS NULL)))) AND (NOT (NEW.failed_attempts IS NOT OLD.failed_attempts) OR ((p.action = 'redeem' AND (NEW.failed_attempts = 0)) OR (p.action = 'sign-in' AND (NEW.failed_attempts = 0)) OR (p.action = 'change-password' AND (NEW.failed_attempts = 0)) OR (p.action = 'renew' AND (NEW.failed_attempts = 0)))) AND (NOT (NEW.activated_at IS NOT OLD.activated_at) OR ((p.action = 'redeem' AND (NEW.activated_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.activated_at IS NULL)))) AND (NOT (NEW.contact_changed_at IS NOT OLD.contact_changed_at) OR ((p.action = 'apply-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'import-contact' AND (NEW.contact_changed_at IS NOT NULL)) OR (p.action = 'renew' AND (NEW.contact_changed_at IS NULL))))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no change'); END;
CREATE TRIGGER portal_account_spends AFTER UPDATE ON portal_account FOR EACH ROW WHEN NEW.permit_id IS NOT OLD.permit_id BEGIN UPDATE permit SET spent_seq = NEW.changed_seq WHERE id = NEW.permit_id; END;
CREATE TRIGGER recovery_credential_permitted BEFORE INSERT ON recovery_credential FOR EACH ROW WHEN NEW.redeemed_at IS NOT NULL OR NOT ((NEW.kind = 'code' AND NEW.permit_id IS NULL AND EXISTS (SELECT 1 FROM identity_check c WHERE c.id = NEW.check_id AND c.patient = NEW.mrn AND c.level IN ('basic', 'strong') AND c.ended_at IS NULL AND c.expires_at > NEW.issued_at AND c.outcome IN ('passed', 'held'))) OR EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND ((p.action = 'resend-invite' AND NEW.kind IN ('invitation')) OR (p.action = 'send-reset' AND NEW.kind IN ('reset')) OR (p.action = 'unlock' AND NEW.kind IN ('unlock-link')) OR (p.action = 'issue-temp-login' AND NEW.kind IN ('temp-login')) OR (p.action = 'update-contact' AND NEW.kind IN ('confirm-code', 'confirm-link', 'object-link'))))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no link or code'); END;
CREATE TRIGGER recovery_credential_not_reborn BEFORE UPDATE ON recovery_credential FOR EACH ROW WHEN OLD.redeemed_at IS NOT NULL AND NEW.redeemed_at IS NOT OLD.redeemed_at OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at OR NEW.secret_hash IS NOT OLD.secret_hash OR NEW.mrn IS NOT OLD.mrn OR NEW.kind IS NOT OLD.kind OR NEW.expires_at IS NOT OLD.expires_at OR NEW.bound_to IS NOT OLD.bound_to OR NEW.tries < OLD.tries BEGIN SELECT RAISE(ABORT, 'portaldesk: a used link stays used'); END;
CREATE TRIGGER outbox_message_permitted BEFORE INSERT ON outbox_message FOR EACH ROW WHEN NEW.kind = 'username-reminder' AND NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND (p.action IN ('recover-username'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no username'); END;
CREATE TRIGGER change_request_permitted BEFORE INSERT ON change_request FOR EACH ROW WHEN NEW.state <> 'awaiting-confirmation' OR NEW.confirmed_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM permit p WHERE p.id = NEW.permit_id AND p.mrn = NEW.mrn AND p.changed_seq = NEW.changed_seq AND (p.action IN ('update-contact'))) BEGIN SELECT RAISE(ABORT, 'portaldesk: no identity check, no request'); END;
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
COMMIT;
