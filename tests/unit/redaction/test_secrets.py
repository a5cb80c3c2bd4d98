"""What must never leave, what must never be lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askpanda.redaction import SecretCutter, cut_secrets, cut_secrets_deep

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMiLCJpc3MiOiJ4In0.c2lnbmF0dXJl"
SECRETS = {
    "password": ("export DB_PASSWORD=hunter2!", "hunter2"),
    "spoken password": ('"password": "correct-horse"', "correct-horse"),
    "escaped JSON": ('{\\"client_secret\\": \\"abcd1234\\"}', "abcd1234"),
    "bearer": (f"Authorization: Bearer {JWT}", "c2lnbmF0dXJl"),
    "basic": ("authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    "json web token alone": (f"got {JWT} from the issuer", "eyJzdWIi"),
    "panda id token": (f"PANDA_AUTH_ID_TOKEN={JWT}", "c2lnbmF0dXJl"),
    "rucio token": ("X-Rucio-Auth-Token: jdoe-/DC=ch/CN=jdoe-unknown-0a1b2c3d4e5f", "0a1b2c3d4e5f"),
    "openai key": ("key sk-proj-abcDEF1234567890abcdEFGH", "abcDEF1234567890"),
    "aws key id": ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
    "aws secret": ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "K7MDENG"),
    "signed address": ("https://s3.example.org/b/k?X-Amz-Credential=AK%2F1&X-Amz-Signature=fe5f80f77d", "fe5f80f77d"),
    "macaroon": ("root://se.example.org//f?authz=MDAxY2xvY2F0aW9uIE9wdGlvbmFsLmVtcHR5CjAwMThpZGVudGlmaWVyIG", "MDAxY2xv"),
    "address with a password": ("https://panda:s3cr3t@proxy.example.org/x", "s3cr3t"),
    "cookie": ("Cookie: bpsessionid=abc123def456; csrftoken=ZZZ999", "abc123def456"),
    "session id": ("bpsessionid=abc123def456ghi", "abc123def456ghi"),
    "pilot secrets": ("job definition = {'secrets': '{\"MY_KEY\": \"topsecret1\"}', 'a': 1}", "topsecret1"),
    "option": ("curl --password topsecret1 https://example.org", "topsecret1"),
    "password behind other letters": ('export PGPASSWORD="correDLwpnt5h"', "DLwpnt5h"),
    "password of a Java option": ("-Djavax.net.ssl.keyStorePassword=pw2WMEVB9XY38", "WMEVB9"),
    "password with a blank": ('password="correct horse battery"', "horse"),
    "password in prose": ("the password is pw3dsd-ZIzTd4, I think", "ZIzTd4"),
    "password in prose with a colon": ("my password is: hunter2Xy", "hunter2Xy"),
    "password in German": ("Mein Passwort: PwtVfEfOvO0YA", "VfEfOvO0YA"),
    "password in French": ("mot de passe : Pw3BJ8P23IpAc", "BJ8P23IpAc"),
    "pass phrase": ("Enter GRID pass phrase: b36_pijjaSPeu15v", "pijjaSPeu15v"),
    "short option": ("rucio -u jdoe -pwd pwxF4r0WyJvog whoami", "F4r0WyJvog"),
    "curl's user": ("curl -u jdoe:pwC5S1Bw-03P8 https://example.org/", "C5S1Bw"),
    "sshpass": ("sshpass -p pwI20G3kNd3Yg ssh lxplus", "G3kNd3Yg"),
    "mysql": ("mysql -h db -ujdoe -ppwPqc8P_k62hE panda", "Pqc8P_k62hE"),
    "netrc": ("machine x.example.org login jdoe password pwUHiuOHbtuoY", "UHiuOHbtuoY"),
    "XML": ("<password>pw0rMxf7R06No</password>", "rMxf7R06No"),
    "password with an at sign": ("postgresql://jdoe:s3cr@etbj23_qFJE@db.example.org/x", "etbj23_qFJE"),
    "token in prose": ("my token is u-IwXXHbUqCEPhpUxUiFYD0Wks2I", "IwXXHbUqCEPh"),
    "docker's login": ('{"auths": {"r.example.org": {"auth": "FwKzmZ6BlM4xLBD6IZnjeMMV"}}}', "FwKzmZ6BlM4x"),
    "docker's login behind a slash": ('"auth": "/wKzmZ6BlM4xLBD6IZnjeMMV"', "wKzmZ6BlM4x"),
    "macaroon alone": ("MDAxY2xvY2F0aW9uIE9wdGlvbmFsLmVtcHR5CjAwMThpZGVudGlmaWVyIGFiY2RlZmdoaWprbG1ub3A", "IE9wdGlvbmFs"),
    "key in one line of JSON": (
        "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA7\\n-----END RSA PRIVATE KEY-----",
        "MIIEowIB",
    ),
}
LOOK_ALIKES = [
    "checksum ad:1a2b3c4d md5:d41d8cd98f00b204e9800998ecf8427e",
    "guid=9A3B1C2D-1111-2222-3333-444455556666",
    "mc15_13TeV:EVNT.04972714._000029.pool.root.1 from RO-07-NIPNE_DATADISK",
    "user.jdoe.token_test.123456789.EXT0._000001.root",
    "X509_USER_PROXY=/tmp/x509up_u1000",
    "BEARER_TOKEN_FILE=/tmp/bt_u1000",
    "PWD=/srv/workdir pwd: /home/atlas",
    "dsttoken=ATLASDATADISK spacetoken: ATLASSCRATCHDISK",
    "token: expired",
    "the password is wrong, and the passphrase was rejected; the token is expired",
    "password is MISSING",
    'password="must be at least 8 characters"',
    "curl -u https://example.org/ and curl --user-agent rucio-clients/35.0 https://x.example.org:443/a",
    "docker run --user 1000:1000 atlas/analysis",
    "OLDPWD=/srv secrets: none",
    "MAX_TOKENS=4096 input_tokens=1234567890123",
    "panda job 6519134287 code=1305 key=value",
    "root://eosatlas.cern.ch:1094//eos/atlas/atlasdatadisk/rucio/mc15/aa/bb/f.root",
    "2026-03-10 15:10:06,123 | WARNING  | pilot.control.payload | f | exit code: 65",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_cut(text: str, secret: str) -> None:
    assert secret not in cut_secrets(f"before\n{text}\nafter")
    assert cut_secrets(f"before\n{text}\nafter").startswith("before\n")
    assert cut_secrets(f"before\n{text}\nafter").endswith("\nafter")


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_evidence_that_only_looks_like_a_secret_stays(text: str) -> None:
    assert cut_secrets(text) == text


def test_a_private_key_over_many_lines_is_cut_and_the_line_count_stays() -> None:
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 20 + "-----END PRIVATE KEY-----"
    cut = cut_secrets(f"a\n{key}\nerror here")
    assert "MIIEvQ" not in cut
    assert cut.split("\n")[23] == "error here"


def test_a_key_that_never_ends_does_not_swallow_the_log_after_it() -> None:
    log = "2026-03-10 15:10:06,123 | ERROR | the line that matters"
    assert log in cut_secrets(f"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqh\n{log}\n")


def test_a_value_is_judged_by_its_key() -> None:
    data = {
        "token": "9f86d081884c7d659a2feaa0",
        "job": {"password": "hunter22", "pandaid": 1, "note": "password=abcd1"},
        "l": ["a"],
    }
    assert cut_secrets_deep(data) == {
        "token": "[cut]",
        "job": {"password": "[cut]", "pandaid": 1, "note": "password=[cut]"},
        "l": ["a"],
    }


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_a_stream_is_cut_the_same_in_any_pieces(data: bytes, size: int) -> None:
    whole = SecretCutter()
    pieces = SecretCutter()
    expected = whole.feed(data) + whole.finish()
    got = b"".join(pieces.feed(data[i : i + size]) for i in range(0, len(data), size)) + pieces.finish()
    assert got == expected
    assert got.count(b"\n") == data.count(b"\n")


@given(
    st.lists(st.sampled_from([*(t for t, _ in SECRETS.values()), *LOOK_ALIKES, "", "-----BEGIN PRIVATE KEY-----", "x" * 50]))
)
def test_lines_stay_lines(lines: list[str]) -> None:
    assert cut_secrets("\n".join(lines)).count("\n") == max(len(lines) - 1, 0)


def test_a_key_printed_behind_the_logs_own_columns_is_cut_and_the_columns_stay() -> None:
    columns = "2026-03-10 15:10:06,123 | INFO     | proxy | "
    body = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCMIIEvQIBADANBgkqhkiG9w0BAQEFAASC"] * 5 + ["MIIEvQ=="]
    lines = ["-----BEGIN CERTIFICATE-----", *body, "-----END CERTIFICATE-----", "payload finished"]
    cut = cut_secrets("\n".join(columns + line for line in lines)).split("\n")
    assert cut[1:7] == [columns + "[cut]"] * 6
    assert cut[8] == columns + "payload finished"


def test_a_jobs_secrets_are_cut_whole_when_they_come_as_an_object() -> None:
    assert cut_secrets_deep({"secrets": {"A": "b"}, "pandasecrets": ["c"], "jobs": {"A": "b"}}) == {
        "secrets": "[cut]",
        "pandasecrets": "[cut]",
        "jobs": {"A": "b"},
    }


def test_a_password_of_several_lines_is_cut_by_its_key() -> None:
    assert cut_secrets_deep({"password": "hunter22\nhunter23"}) == {"password": "[cut]"}


def test_a_line_full_of_words_that_name_secrets_hides_none() -> None:
    assert "hunter22" not in cut_secrets("token=ok " * 1000 + "password=hunter22")
