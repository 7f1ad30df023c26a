package org.pickupday.hapi;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;

/** Starts a FHIR server on the loopback interface: {@code java -jar pickupday-hapi.jar [port] [R4|R5]}, port 0 = any free one. */
public final class HapiServer {

    private HapiServer() {}

    /**
     * Says {@code READY <base url>} on standard output and runs until standard input ends.
     *
     * <p>Whoever started it holds the other end of that pipe, so that no server outlives a killed test run.
     */
    public static void main(String[] arguments) throws IOException {
        String port = arguments.length > 0 ? arguments[0] : "0";
        FhirRelease release = FhirRelease.valueOf(arguments.length > 1 ? arguments[1] : "R4");

        SpringApplication application = new SpringApplication(Storage.class, Endpoint.class, release.configuration());
        application.setDefaultProperties(Map.of("server.port", port));
        var context = (ServletWebServerApplicationContext) application.run();
        System.out.println("READY http://127.0.0.1:" + context.getWebServer().getPort() + Endpoint.PATH);

        System.in.transferTo(OutputStream.nullOutputStream());
        System.exit(SpringApplication.exit(context));
    }
}
