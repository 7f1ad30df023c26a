"""A strict authorization server (SMART App Launch 2.2): every line of the specification that a client can get wrong.

Register a client with `ehr.register(Client(...))`, before or after the start:

    Client("app", redirect_uris=("http://127.0.0.1:8000/callback",), launch_url="http://127.0.0.1:8000/launch",
           jwks_url="http://127.0.0.1:8000/.well-known/jwks.json")    private_key_jwt; `jwks={...}` for given keys
    Client("app", redirect_uris=(...,), secret="...")                 Basic base64(id:secret)
    Client("app", redirect_uris=(...,))                               public
    Client("job", jwks={...}, scopes="system/*.rs", backend=True)     client_credentials

`service.sandbox.serve.running_ehr` runs it on a port, `service.sandbox.ehr.create_ehr` makes it for an ASGI transport.
"""
